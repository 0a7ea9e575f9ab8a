/**
 * The server side of HTTP/1.1: connections on Undertow's public base class, which read requests to the letter of the standard, and
 * write responses.
 */
package hopyard.http.server;
