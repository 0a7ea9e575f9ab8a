/** Serves the page's files, which are in {@code proxy/page} and come with the jar. */
package hopyard.proxy.console.page;
