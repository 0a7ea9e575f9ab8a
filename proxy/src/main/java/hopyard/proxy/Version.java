package hopyard.proxy;

import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.ServerName;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What {@code -v} and {@code -V} say, in the form that tools such as certbot and nginx's own tests read.
 *
 * @see <a href="https://nginx.org/en/docs/configure.html">Building nginx from Sources</a>
 */
final class Version {

    /**
     * Which nginx the configuration is written for, and whose program this is, in the place where nginx puts the name
     * that {@code --build} has given to it. Tools compare the number with that of the nginx that they need at least.
     */
    static final String LINE = "nginx version: nginx/1.22.1 (" + ServerName.TEXT + ")\n";

    /**
     * Modules that nginx has unless it is told to do without, as {@code hash} of {@code --without-http_hash_module}.
     */
    private static final List<String> USUAL = List.of(
            ("charset gzip ssi userid access auth_basic mirror autoindex geo map split_clients referer rewrite proxy "
                            + "fastcgi uwsgi scgi grpc memcached limit_conn limit_req empty_gif browser upstream_hash "
                            + "upstream_ip_hash upstream_least_conn upstream_random upstream_keepalive upstream_zone")
                    .split(" "));

    /** Modules that nginx has only if it is told to, as {@code ssl} of {@code --with-http_ssl_module}. */
    private static final List<String> OPTIONAL = List.of(
            ("ssl v2 v3 realip addition xslt image_filter geoip sub dav flv mp4 gunzip gzip_static auth_request "
                            + "random_index secure_link degradation slice perl stub_status")
                    .split(" "));

    private Version() {}

    /**
     * Returns all of what {@code -V} says.
     *
     * @param prefix the directory that relative paths start from
     */
    static String details(Path prefix, List<Module> modules) {
        Set<String> there =
                modules.stream().flatMap(module -> module.standsFor().stream()).collect(Collectors.toSet());
        StringBuilder text = new StringBuilder(LINE);
        text.append("built with Java ").append(Runtime.version());
        text.append(", running on ").append(System.getProperty("os.name"));
        // nginx's own tests look for "with OpenSSL" and a number; certbot for "built with OpenSSL", which would not be
        // true
        text.append("\nTLS by Conscrypt or Java, in names and settings compatible with OpenSSL 1.1.1");
        text.append("\nTLS SNI support enabled\nconfigure arguments: --prefix=").append(prefix);
        text.append(" --conf-path=conf/nginx.conf --error-log-path=logs/error.log --pid-path=logs/nginx.pid");
        OPTIONAL.stream()
                .filter(name -> there.contains(module(name)))
                .forEach(name -> text.append(" --with-http_").append(name).append("_module"));
        USUAL.stream()
                .filter(name -> !there.contains(module(name)))
                .forEach(name -> text.append(" --without-http_").append(name).append("_module"));
        return text.append('\n').toString();
    }

    private static String module(String name) {
        return "ngx_http_" + name + "_module";
    }
}
