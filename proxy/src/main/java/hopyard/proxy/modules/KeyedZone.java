package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.server.ZoneData;

/**
 * A zone that counts requests by a key. Its contents cannot be taken over for another key.
 *
 * @param <Z> the class itself
 */
abstract class KeyedZone<Z extends KeyedZone<Z>> implements ZoneData<Z> {

    private final String name;
    private final Template key;

    /**
     * @param name what nginx calls such a zone in its messages
     */
    KeyedZone(String name, Template key) {
        this.name = name;
        this.key = key;
    }

    final Template key() {
        return key;
    }

    @Override
    public final void check(String zone, Z running) throws ConfException {
        if (running != null && !running.key().text().equals(key.text())) {
            throw ConfException.anywhere(name + " \"" + zone + "\" uses the \"" + key.text()
                    + "\" key while previously it used the \"" + running.key().text() + "\" key");
        }
    }
}
