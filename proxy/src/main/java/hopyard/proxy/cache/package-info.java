/** Responses that are kept: where they lie, how long they are good for, and who fetches them. */
package hopyard.proxy.cache;
