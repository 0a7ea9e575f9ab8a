/** What the last exchanges looked like, and how many and how fast they were: written on the hot path, read elsewhere. */
package hopyard.proxy.record;
