package hopyard.proxy.lint;

/**
 * A change of a file's text.
 *
 * @param from the index of the first byte that is removed
 * @param to the index of the first byte after it that stays
 * @param insert what takes the place of the removed bytes
 */
public record Edit(String file, int from, int to, String insert) {}
