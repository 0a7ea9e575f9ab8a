/** One file for each nginx module: its directives on top, the code that acts on them below. */
package hopyard.proxy.modules;
