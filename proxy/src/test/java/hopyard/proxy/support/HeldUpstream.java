package hopyard.proxy.support;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An app that answers when it is let go, and not before. */
public final class HeldUpstream implements AutoCloseable {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final RawUpstream raw;

    /**
     * @param content what it answers
     */
    public HeldUpstream(String content) throws IOException {
        raw = new RawUpstream(c -> {
            c.readHead();
            asked.countDown();
            assertTrue(mayAnswer.await(10, TimeUnit.SECONDS));
            c.send("HTTP/1.1 200 OK\r\nContent-Length: " + content.length() + "\r\n\r\n" + content);
        });
    }

    public String address() {
        return raw.address();
    }

    public void awaitAsked() throws InterruptedException {
        assertTrue(asked.await(10, TimeUnit.SECONDS));
    }

    public void letGo() {
        mayAnswer.countDown();
    }

    @Override
    public void close() throws IOException {
        letGo();
        raw.close();
    }
}
