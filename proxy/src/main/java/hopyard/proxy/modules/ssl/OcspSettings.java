package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.server.SharedZone;
import java.net.URI;

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

    private OcspSettings() {}

    /**
     * Returns the responder's URL; {@code null} for whom a certificate names.
     *
     * @param d the line {@code ssl_ocsp_responder}; {@code null} if there is none
     */
    static URI responder(Directive d) throws ConfException {
        if (d == null || d.arg(0).isEmpty()) {
            return null;
        }
        URI url = OcspUrl.parse(d.arg(0));
        if (url == null) {
            throw d.error("invalid URL prefix in OCSP responder \"" + d.arg(0) + "\" in \"ssl_ocsp_responder\"");
        }
        return url;
    }

    /** Reads {@code off} or {@code shared:NAME:SIZE}. */
    static final class CacheReader implements ValueReader<Ocsp.Cache> {
        @Override
        public Ocsp.Cache read(Scope scope, Directive d, Ocsp.Cache former) throws ConfException {
            if (d.arg(0).equals("off")) {
                return NO_CACHE;
            }
            SharedName name = SharedName.parse(d.arg(0), "OCSP cache", d);
            SharedZone<Ocsp.Cache> zone =
                    Build.of(scope).zones().declare(name.name(), Ocsp.Cache.class, name.size(), d);
            if (zone.data() == null) {
                zone.data(new Ocsp.Cache());
            }
            return zone.data();
        }
    }
}
