/** Bytes, deadlines, addresses and log files. Nothing here knows of a request or of what nginx.conf says. */
package hopyard.proxy.io;
