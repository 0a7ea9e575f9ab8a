package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** How the settings of {@link Ocsp} are read. */
final class OcspSettings {

    /** Which certificates are asked about. */
    enum For {
        OFF,
        /** The client's, and those that vouch for it. */
        ON,
        /** The client's only. */
        LEAF
    }

    /** Stands for {@code ssl_ocsp_cache off}, which undoes what the level around says. */
    static final Ocsp.Cache NO_CACHE = new Ocsp.Cache();

    private static final Scope.Key<Map<String, Ocsp.Cache>> CACHES = new Scope.Key<>(HashMap::new);

    private OcspSettings() {}

    static final class Responder implements ValueReader<URI> {
        @Override
        public URI read(Scope scope, Directive d, URI former) throws ConfException {
            URI url = OcspUrl.parse(d.arg(0));
            if (url == null) {
                throw d.error("invalid URL prefix in OCSP responder \"" + d.arg(0) + "\" in \"ssl_ocsp_responder\"");
            }
            return url;
        }
    }

    /** Reads {@code off} or {@code shared:NAME:SIZE}. */
    static final class CacheReader implements ValueReader<Ocsp.Cache> {
        @Override
        public Ocsp.Cache read(Scope scope, Directive d, Ocsp.Cache former) throws ConfException {
            if (d.arg(0).equals("off")) {
                return NO_CACHE;
            }
            if (!d.arg(0).matches("shared:[^:]+:[0-9]+[kKmM]?")) {
                throw d.error("invalid OCSP cache \"" + d.arg(0) + "\"");
            }
            return scope.nearest(Context.MAIN)
                    .get(CACHES)
                    .computeIfAbsent(d.arg(0).split(":")[1], name -> new Ocsp.Cache());
        }
    }
}
