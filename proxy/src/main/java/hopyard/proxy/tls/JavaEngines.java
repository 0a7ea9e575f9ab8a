package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** Makes Java's engines. */
final class JavaEngines extends TlsEngines {

    /** Java keeps a client's sessions by a name and a port; here the name says all. */
    private static final int ANY_PORT = 443;

    /** Makes a context when it is first used: what Java needs for TLS is not loaded before that. */
    @FunctionalInterface
    interface Source {
        SSLContext get() throws GeneralSecurityException;
    }

    private final Source context;
    private final TlsOffer offer;

    JavaEngines(Source context, TlsOffer offer) {
        this.context = context;
        this.offer = offer;
    }

    @Override
    TlsEngine server(ClientHello hello) throws SSLException {
        SSLEngine engine;
        try {
            engine = context.get().createSSLEngine();
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
        engine.setUseClientMode(false);
        SSLParameters parameters = parameters(engine);
        if (offer.asksForCertificate()) {
            parameters.setWantClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return new JavaEngine(engine, offer.keepsSessions());
    }

    @Override
    TlsEngine client(String peer, Consumer<SSLParameters> more) {
        SSLEngine engine;
        try {
            SSLContext its = context.get();
            engine = offer.keepsSessions() ? its.createSSLEngine(peer, ANY_PORT) : its.createSSLEngine();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a client's context is made at the beginning", e);
        }
        engine.setUseClientMode(true);
        SSLParameters parameters = parameters(engine);
        more.accept(parameters);
        engine.setSSLParameters(parameters);
        return new JavaEngine(engine, offer.keepsSessions());
    }

    /** Returns the parameters of an engine, changed to the offer. */
    private SSLParameters parameters(SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(spoken(offer.protocols().stream(), engine.getSupportedProtocols()));
        if (offer.suites() != null) {
            parameters.setCipherSuites(spoken(offer.suites().stream(), engine.getSupportedCipherSuites()));
        }
        if (offer.groups() != null) {
            parameters.setAlgorithmConstraints(new NamedGroups.Only(Set.copyOf(offer.groups())));
        }
        parameters.setUseCipherSuitesOrder(offer.prefersOwn());
        parameters.setApplicationProtocols(offer.applicationProtocols().toArray(String[]::new));
        return parameters;
    }

    private static String[] spoken(Stream<String> wanted, String[] supported) {
        Set<String> known = Set.copyOf(Arrays.asList(supported));
        return wanted.filter(known::contains).toArray(String[]::new);
    }
}
