/** A certificate authority of this machine's own, which vouches for localhost and for nothing else. */
package hopyard.proxy.authority;
