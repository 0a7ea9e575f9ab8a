/**
 * HTTP/2 without its sides (RFC 9113): frames as they are read and written, and HPACK (RFC 7541). Nothing here knows
 * whether it belongs to a server or to a client.
 */
package hopyard.http.http2;
