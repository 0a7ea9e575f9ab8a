/** TLS as the configuration wants it, with clients and with upstreams. */
package hopyard.proxy.modules.ssl;
