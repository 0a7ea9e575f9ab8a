package hopyard.proxy.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The certificates of one side, at most one for each kind of key; of two of a kind the last one counts, as in OpenSSL.
 */
public final class Keys extends X509ExtendedKeyManager {

    /** Kinds of keys, by Java's names. */
    static final String RSA = "RSA";

    static final String EC = "EC";

    /**
     * A certificate and its key.
     *
     * @param chain the certificate, and those that vouch for it
     */
    public record Pair(List<X509Certificate> chain, PrivateKey key) {

        /** Returns of which kind the key is, by Java's name. */
        String type() {
            return chain.get(0).getPublicKey().getAlgorithm();
        }

        // without what a record's own comparison takes to be put together: see CipherSuites.Suite
        @Override
        public boolean equals(Object other) {
            return other instanceof Pair its && chain.equals(its.chain) && key.equals(its.key);
        }

        @Override
        public int hashCode() {
            return 31 * chain.hashCode() + key.hashCode();
        }
    }

    private final Map<String, Pair> byType = new LinkedHashMap<>();

    /** @param pairs may be empty: then there is no certificate */
    public Keys(List<Pair> pairs) {
        for (Pair each : pairs) {
            byType.put(each.type(), each);
        }
    }

    private String alias(String keyType) {
        // "EC_RSA" and the like ask for a key of the first kind, which one of the second has signed
        int end = keyType.indexOf('_');
        String type = end < 0 ? keyType : keyType.substring(0, end);
        return byType.containsKey(type) ? type : null;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return alias(keyType);
    }

    /** Who may vouch for a client is not looked at: as in OpenSSL, the server gets what there is, and judges it. */
    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        for (String each : keyTypes) {
            if (alias(each) != null) {
                return alias(each);
            }
        }
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        Pair pair = byType.get(alias);
        return pair == null ? null : pair.chain.toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        Pair pair = byType.get(alias);
        return pair == null ? null : pair.key;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return aliases(keyType);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return aliases(keyType);
    }

    private String[] aliases(String keyType) {
        List<String> all = new ArrayList<>();
        if (alias(keyType) != null) {
            all.add(alias(keyType));
        }
        return all.toArray(String[]::new);
    }

    // ---- not used: TLS is spoken by engines

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }
}
