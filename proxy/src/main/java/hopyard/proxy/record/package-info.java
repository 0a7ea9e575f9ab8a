/** The log of the newest exchanges, and figures about all of them. I/O threads write it; others read it. */
package hopyard.proxy.record;
