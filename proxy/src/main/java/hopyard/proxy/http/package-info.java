/**
 * HTTP as nginx sees it: the choice of a virtual server, the location tree, phases, variables, error pages, logs.
 *
 * <p>A {@link hopyard.proxy.http.Configuration} is compiled once when it is loaded and never changes; a reload swaps
 * it.
 */
package hopyard.proxy.http;
