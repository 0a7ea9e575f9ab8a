/**
 * Regular expressions with the syntax, the meaning, the limits and the error messages of PCRE2 10.42, which is what
 * nginx 1.22 of Debian 12 is linked with. {@link hopyard.proxy.pcre.Pcre} is the way in: a pattern is read into
 * {@link hopyard.proxy.pcre.Node nodes}, compiled into numbers, and matched by a machine that goes back by a stack of
 * its own.
 */
package hopyard.proxy.pcre;
