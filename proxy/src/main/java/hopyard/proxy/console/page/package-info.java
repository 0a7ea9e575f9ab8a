/** The page's files. */
package hopyard.proxy.console.page;
