/** The parts of HTTP/1.1's grammar that requests and responses have in common, to the letter (RFC 9110, RFC 9112). */
package hopyard.http;
