/**
 * The server side of HTTP/2 (RFC 9113): a client's connection, and its streams, each of which carries one exchange as a
 * connection of HTTP/1.1 does. All of a connection lives on its I/O thread.
 */
package hopyard.http.server.http2;
