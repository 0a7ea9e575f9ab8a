/** Shows what passes through the proxy, under one location: JSON for programs, text for terminals, HTML for browsers. */
package hopyard.proxy.console;
