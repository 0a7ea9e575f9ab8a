package io.undertow.server.handlers;

import io.undertow.server.HandlerWrapper;

/**
 * Stands in for Undertow's own class of this name, which it wraps around every request to check the Host header: a look
 * through regular expressions, and answers that nginx does not give. {@link io.undertow.server.protocol.http.RequestParser}
 * has checked that header already.
 *
 * <p>It is found because the proxy's classes come before Undertow's on the class path.
 */
public final class HostHeaderHandler {

    /** Adds nothing. */
    public static final HandlerWrapper WRAPPER = handler -> handler;

    private HostHeaderHandler() {}
}
