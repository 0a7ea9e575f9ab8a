package hopyard.proxy.modules;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.server.ZoneData;
import java.io.IOException;
import java.nio.file.Path;

/** A {@code keys_zone}. The cache holds its contents. */
record KeysZone(Directive line, CacheZone cache) implements ZoneData<KeysZone> {

    @Override
    public void check(String zone, KeysZone running) throws ConfException {
        Path directory = cache.settings().directory();
        if (running != null) {
            CacheZone.Settings before = running.cache.settings();
            if (!before.directory().equals(directory)) {
                throw ConfException.anywhere("cache \"" + zone + "\" uses the \"" + directory
                        + "\" cache path while previously it used the \"" + before.directory() + "\" cache path");
            }
            if (!before.levels().equals(cache.settings().levels())) {
                throw ConfException.anywhere("cache \"" + zone + "\" had previously different levels");
            }
        }
        try {
            cache.open();
        } catch (IOException e) {
            throw ConfException.anywhere("mkdir() \"" + directory + "\" failed (" + SystemErrors.text(e) + ")");
        }
    }

    @Override
    public void takeOver(KeysZone running) {
        cache.takeOver(running.cache);
    }

    @Override
    public void bound(long bytes) {
        cache.bound(bytes);
    }

    @Override
    public void retire() {
        cache.retire();
    }
}
