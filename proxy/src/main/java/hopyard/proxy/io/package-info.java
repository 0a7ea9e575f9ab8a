/** Bytes, deadlines, addresses, escapes and log files. Nothing here knows of requests, servers or upstreams. */
package hopyard.proxy.io;
