/**
 * One class for each nginx module, called {@code …Module}: its directives on top, the code that acts on them below.
 * What is too much for one file stands beside it. Of the proxy module, the package {@code forward} does the work; of
 * the core modules, {@code exchange} and {@code server}, which have their settings, too.
 */
package hopyard.proxy.modules;
