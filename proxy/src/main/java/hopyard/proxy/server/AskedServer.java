package hopyard.proxy.server;

import hopyard.proxy.tls.ClientHello;

/**
 * Whom a client has asked for when it began to speak TLS.
 *
 * @param hello what it has said
 * @param name the host in it that a server has the name of; {@code null} if it has named none, or none has it
 */
public record AskedServer(ClientHello hello, String name) {}
