package hopyard.proxy.server;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Chooses among the certificates of all servers at a listening address: those of the server that the client names (RFC
 * 6066 §3), else those of the default server.
 *
 * <p>The name chooses nothing else. The versions of TLS are those of the default server, as in nginx, which needs them
 * before it knows the name.
 */
final class KeysByName extends X509ExtendedKeyManager {

    private static final char SEPARATOR = ':';

    private final VirtualServers servers;
    private final Map<VirtualServer, X509ExtendedKeyManager> keys;
    private final Map<Integer, X509ExtendedKeyManager> byNumber = new HashMap<>();
    private final Map<X509ExtendedKeyManager, Integer> numbers = new HashMap<>();

    /**
     * @param keys the certificates of the servers that have some; the default server must have some
     */
    KeysByName(VirtualServers servers, Map<VirtualServer, X509ExtendedKeyManager> keys) {
        this.servers = servers;
        this.keys = keys;
        for (X509ExtendedKeyManager each : keys.values()) {
            if (numbers.putIfAbsent(each, byNumber.size()) == null) {
                byNumber.put(byNumber.size(), each);
            }
        }
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        X509ExtendedKeyManager byDefault = keys.get(servers.byDefault());
        X509ExtendedKeyManager chosen = keys.getOrDefault(servers.named(name(engine)), byDefault);
        String alias = chosen.chooseEngineServerAlias(keyType, issuers, engine);
        return alias == null ? null : numbers.get(chosen).toString() + SEPARATOR + alias;
    }

    /** Returns the name that the client has sent, in lower case; empty if it has sent none. */
    private static String name(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName().toLowerCase(Locale.ROOT);
                }
            }
        }
        return "";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return keysOf(alias).getCertificateChain(own(alias));
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return keysOf(alias).getPrivateKey(own(alias));
    }

    private X509ExtendedKeyManager keysOf(String alias) {
        return byNumber.get(Integer.valueOf(alias.substring(0, alias.indexOf(SEPARATOR))));
    }

    private static String own(String alias) {
        return alias.substring(alias.indexOf(SEPARATOR) + 1);
    }

    // ---- not used: the client's side, and sockets

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        throw new UnsupportedOperationException("an alias depends on the name that a client asks for");
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        throw new UnsupportedOperationException("this is the server's side");
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        throw new UnsupportedOperationException("this is the server's side");
    }
}
