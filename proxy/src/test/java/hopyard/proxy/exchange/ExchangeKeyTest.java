package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class ExchangeKeyTest {

    @Test
    void whatIsKeptUnderAKeyIsThereUnderThatKeyAlone() {
        ExchangeKey<String> one = new ExchangeKey<>();
        ExchangeKey<String> other = new ExchangeKey<>();
        assertNull(one.get(null));
        Object[] contexts = one.put(null, "kept");
        assertEquals("kept", one.get(contexts));
        assertNull(other.get(contexts));
        assertSame(contexts, other.put(contexts, "too"));
        assertEquals("kept", one.get(contexts));
        assertEquals("too", other.get(contexts));
    }

    @Test
    void aKeyWhoseClassIsLoadedWhileARequestIsUnderWayHasItsPlaceAsWell() {
        ExchangeKey<String> early = new ExchangeKey<>();
        Object[] before = early.put(null, "early");
        ExchangeKey<Integer> late = new ExchangeKey<>();
        assertNull(late.get(before));
        Object[] after = late.put(before, 7);
        assertEquals(7, late.get(after));
        assertEquals("early", early.get(after));
    }
}
