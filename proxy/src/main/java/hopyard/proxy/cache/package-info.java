/** The cache of responses: where they are stored, how long they are good for, and who fetches them. */
package hopyard.proxy.cache;
