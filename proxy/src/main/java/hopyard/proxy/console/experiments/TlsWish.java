package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.tls.HostName;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/**
 * How TLS is to be spoken by the console's own client, which does what a browser does if it is told to: it trusts one
 * authority, it checks the name, it shows a certificate, it takes up a session again.
 *
 * @param context has what is trusted and shown, and keeps the sessions
 * @param name the host to ask for (SNI, RFC 6066 §3); empty for none, {@code null} for the one in Host
 * @param checks whether the server's certificate must be right, and for that host
 * @param protocols the versions that are offered; empty for all
 * @param curl how curl is told the same
 */
record TlsWish(SSLContext context, String name, boolean checks, List<String> protocols, List<String> curl) {

    /** How many sessions are kept for those who come back, by the names that they give to them. */
    private static final int MAX_SESSIONS = 8;

    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private static final Map<String, SSLContext> SESSIONS = new LinkedHashMap<>();

    /** A client that is content with any certificate, and comes for the first time. */
    static TlsWish ofAnybody() {
        return new TlsWish(context(null, new TrustManager[] {OwnTls.TRUST}), null, false, List.of(), List.of("-k"));
    }

    /**
     * Reads it from JSON.
     *
     * @param json {@code name}, {@code trust} (an authority's name), {@code certificate} (an id), {@code session} (any
     *     name), {@code protocol}
     */
    static TlsWish of(JsonNode json, PlayCertificates certificates) throws Refusal {
        if (!json.isObject()) {
            throw new Refusal(400, "tls must be an object: name, trust, certificate, session, protocol");
        }
        String name = json.hasNonNull("name") ? json.get("name").asText() : null;
        if (name != null && !name.matches("|[A-Za-z0-9._-]{1,200}")) {
            throw new Refusal(
                    400, "tls.name must be a host such as shop.example, or empty for none, not \"" + name + "\"");
        }
        String protocol = json.path("protocol").asText("");
        if (!protocol.isEmpty() && !PROTOCOLS.contains(protocol)) {
            throw new Refusal(400, "tls.protocol must be one of " + PROTOCOLS + ", not \"" + protocol + "\"");
        }
        boolean checks = json.hasNonNull("trust");
        String session = json.path("session").asText("");
        try {
            TrustManager[] trusted =
                    checks ? certificates.trusting(json.get("trust").asText()) : new TrustManager[] {OwnTls.TRUST};
            if (trusted == null) {
                throw new Refusal(
                        422, "there is no authority \"" + json.get("trust").asText() + "\": POST certificates");
            }
            PlayCertificates.Kept shown = shown(json.path("certificate").asText(""), certificates);
            return new TlsWish(
                    context(session, shown == null ? null : shown.keyManagers(), trusted),
                    name,
                    checks,
                    protocol.isEmpty() ? List.of() : List.of(protocol),
                    curl(checks ? certificates.authorityFile(json.get("trust").asText()) : null, shown, protocol));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private static PlayCertificates.Kept shown(String id, PlayCertificates certificates) throws Refusal {
        PlayCertificates.Kept shown = id.isEmpty() ? null : certificates.find(id);
        if (shown == null && !id.isEmpty()) {
            throw new Refusal(422, "there is no certificate \"" + id + "\" (any more): POST certificates");
        }
        return shown;
    }

    private static List<String> curl(Path authority, PlayCertificates.Kept shown, String protocol) {
        List<String> words = new ArrayList<>();
        words.addAll(authority == null ? List.of("-k") : List.of("--cacert", authority.toString()));
        if (shown != null) {
            words.addAll(List.of(
                    "--cert", shown.file().toString(), "--key", shown.key().toString()));
        }
        if (protocol.equals("TLSv1.2")) {
            words.addAll(List.of("--tlsv1.2", "--tls-max", "1.2"));
        } else if (!protocol.isEmpty()) {
            words.add("--tlsv1.3");
        }
        return words;
    }

    /** Returns the context of a session, which has been here before or has not. */
    private static SSLContext context(String session, KeyManager[] keys, TrustManager[] trusted) {
        if (session.isEmpty()) {
            return context(keys, trusted);
        }
        synchronized (SESSIONS) {
            SSLContext its = SESSIONS.remove(session);
            its = its == null ? context(keys, trusted) : its;
            SESSIONS.put(session, its);
            if (SESSIONS.size() > MAX_SESSIONS) {
                SESSIONS.remove(SESSIONS.keySet().iterator().next());
            }
            return its;
        }
    }

    private static SSLContext context(KeyManager[] keys, TrustManager[] trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trusted, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /** The host that is asked for, of a server that is called so in Host. */
    String asked(String host) {
        return name == null ? host : name;
    }

    /** Sets what it wants. */
    void applyTo(SSLParameters parameters, String host) {
        String asked = asked(host);
        boolean isName = !asked.isEmpty() && !asked.matches("[0-9.]+|\\[.*|[0-9a-fA-F]*:.*");
        parameters.setServerNames(isName ? List.of(new HostName(asked)) : List.of());
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        if (checks) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (!protocols.isEmpty()) {
            parameters.setProtocols(protocols.toArray(String[]::new));
        }
    }
}
