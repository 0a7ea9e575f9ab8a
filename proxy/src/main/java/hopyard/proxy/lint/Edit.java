package hopyard.proxy.lint;

/**
 * A change of a file's text.
 *
 * @param from the first byte that goes
 * @param to the first one behind it that stays
 * @param insert what comes in its place
 */
public record Edit(String file, int from, int to, String insert) {}
