/**
 * The server side of HTTP/1.1: connections on Undertow's public base class. They read requests exactly as the standard
 * says, and write responses.
 */
package hopyard.http.server;
