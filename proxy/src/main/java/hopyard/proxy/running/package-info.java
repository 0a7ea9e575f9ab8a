/** A configuration is loaded and put to work: the server that runs, and goes on when another configuration comes. */
package hopyard.proxy.running;
