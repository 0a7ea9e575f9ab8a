/**
 * How what takes long takes turns on a thread, and what becomes of a thread, and of the process, when an {@link Error}
 * meets it.
 */
package hopyard.threads;
