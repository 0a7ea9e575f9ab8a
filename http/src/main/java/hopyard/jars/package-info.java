/** The program's jars: those that are loaded late or never, and those that were replaced while it runs. */
package hopyard.jars;
