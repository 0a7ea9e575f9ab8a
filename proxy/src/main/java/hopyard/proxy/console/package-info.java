/**
 * The console: what passes through the proxy, shown under one location, as JSON for programs, text for terminals, HTML
 * for browsers.
 */
package hopyard.proxy.console;
