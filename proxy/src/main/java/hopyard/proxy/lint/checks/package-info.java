/** One class for each check: what it is called, why it matters, how it is found, mended and shown. */
package hopyard.proxy.lint.checks;
