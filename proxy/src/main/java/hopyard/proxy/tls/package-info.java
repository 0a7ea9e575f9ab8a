/** TLS around connections, with clients and with upstreams; which certificates and versions is for others to say. */
package hopyard.proxy.tls;
