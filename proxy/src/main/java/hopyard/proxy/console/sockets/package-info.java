/** The sockets of this machine, and some to play with, one system call at a time; name servers to play with. */
package hopyard.proxy.console.sockets;
