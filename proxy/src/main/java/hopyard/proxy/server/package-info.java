/**
 * Which server and location a request is for, what listens for it, and the configuration that says so.
 *
 * <p>A {@link hopyard.proxy.server.Configuration} is compiled once when it is loaded and never changes; a reload swaps
 * it. What it does with a request lies in the {@link hopyard.proxy.server.Slots} of its locations, and is not known
 * here.
 */
package hopyard.proxy.server;
