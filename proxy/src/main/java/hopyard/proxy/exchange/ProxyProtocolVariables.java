package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.ProxyProtocol;
import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Function;

/**
 * The variables with what the header of the PROXY protocol tells.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#variables">Embedded variables</a>
 * @see <a href="https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt">The PROXY protocol, §2.2:
 *     Type-Length-Value vectors</a>
 */
final class ProxyProtocolVariables {

    private static final int SSL = 0x20;

    private static final Map<String, Integer> TYPES =
            Map.of("alpn", 0x01, "authority", 0x02, "unique_id", 0x05, "ssl", SSL, "netns", 0x30);

    private static final Map<String, Integer> TYPES_IN_SSL =
            Map.of("version", 0x21, "cn", 0x22, "cipher", 0x23, "sig_alg", 0x24, "key_alg", 0x25);

    /** What stands before the vectors in that of {@link #SSL}, in bytes: whether the client used TLS, and how. */
    private static final int SSL_HEAD = 5;

    private ProxyProtocolVariables() {}

    static void define(Variables v) {
        v.define("proxy_protocol_addr", x -> told(x, ProxyProtocol::client, a -> Addresses.host(a.getAddress())));
        v.define("proxy_protocol_port", x -> told(x, ProxyProtocol::client, a -> Integer.toString(a.getPort())));
        v.define(
                "proxy_protocol_server_addr", x -> told(x, ProxyProtocol::server, a -> Addresses.host(a.getAddress())));
        v.define("proxy_protocol_server_port", x -> told(x, ProxyProtocol::server, a -> Integer.toString(a.getPort())));
        v.definePrefix("proxy_protocol_tlv_", name -> x -> vector(x, name));
    }

    private static String told(
            Exchange x, Function<ProxyProtocol, InetSocketAddress> end, Function<InetSocketAddress, String> text) {
        ProxyProtocol header = x.client().proxyProtocol();
        return header == null || end.apply(header) == null ? null : text.apply(end.apply(header));
    }

    /** Returns the value of a vector, as a byte string; {@code null} if the header has none of that name. */
    private static String vector(Exchange x, String name) {
        ProxyProtocol header = x.client().proxyProtocol();
        if (header == null || header.vectors().isEmpty()) {
            return null;
        }
        if (!name.startsWith("ssl_")) {
            return find(x, header.vectors(), type(x, name, name, TYPES));
        }
        String ssl = find(x, header.vectors(), SSL);
        if (ssl == null) {
            return null;
        }
        if (ssl.length() < SSL_HEAD) {
            return broken(x);
        }
        String inner = name.substring("ssl_".length());
        if (inner.equals("verify")) {
            return Long.toString((long) number(ssl, 1) << 16 | number(ssl, 3));
        }
        return find(x, ssl.substring(SSL_HEAD), type(x, name, inner, TYPES_IN_SSL));
    }

    /** Returns the type of a vector; -1 if the name is that of none. */
    private static int type(Exchange x, String full, String name, Map<String, Integer> known) {
        if (name.matches("0x[0-9a-f]{1,15}")) {
            long type = Long.parseLong(name.substring(2), 16);
            return type > 0xff ? -1 : (int) type;
        }
        Integer type = known.get(name);
        if (type == null) {
            String mistake = name.startsWith("0x") ? "invalid PROXY protocol TLV type" : "unknown PROXY protocol TLV";
            x.log(ErrorLog.Level.ERROR, mistake + " \"" + full + "\"");
            return -1;
        }
        return type;
    }

    /** Returns the value of the first vector of a type; {@code null} if there is none. */
    private static String find(Exchange x, String vectors, int type) {
        for (int at = 0; at < vectors.length(); ) {
            if (vectors.length() - at < 3) {
                return broken(x);
            }
            int from = at + 3;
            int to = from + number(vectors, at + 1);
            if (to > vectors.length()) {
                return broken(x);
            }
            if (vectors.charAt(at) == type) {
                return vectors.substring(from, to);
            }
            at = to;
        }
        return null;
    }

    private static String broken(Exchange x) {
        x.log(ErrorLog.Level.ERROR, "broken PROXY protocol TLV");
        return null;
    }

    /** Returns the number in the two bytes of a byte string. */
    private static int number(String bytes, int at) {
        return bytes.charAt(at) << 8 | bytes.charAt(at + 1);
    }
}
