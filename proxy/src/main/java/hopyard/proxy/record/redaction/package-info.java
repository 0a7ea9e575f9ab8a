/**
 * Takes secrets out of what is recorded: what is a secret by its name, its place or its form, and the mark in its
 * place.
 */
package hopyard.proxy.record.redaction;
