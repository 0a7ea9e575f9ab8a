/** One class for each check: its name, why it matters, and how it is found, fixed and shown. */
package hopyard.proxy.lint.checks;
