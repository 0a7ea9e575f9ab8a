package hopyard.proxy.modules;

import hopyard.proxy.conf.Scope;

/**
 * Passes requests to apps that speak SCGI.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_scgi_module.html">ngx_http_scgi_module</a>
 */
final class ScgiModule extends CgiModule {

    ScgiModule() {
        super("scgi", "SCGI");
    }

    @Override
    CgiEncoding encoding(Scope scope) {
        return new ScgiEncoding();
    }
}
