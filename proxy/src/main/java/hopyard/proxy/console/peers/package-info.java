/** Other proxies' exchanges: asked for at their consoles when somebody asks here, and shown with this one's. */
package hopyard.proxy.console.peers;
