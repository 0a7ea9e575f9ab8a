/** Requests that the console makes itself: one, compared by two ways, or many. */
package hopyard.proxy.console.experiments;
