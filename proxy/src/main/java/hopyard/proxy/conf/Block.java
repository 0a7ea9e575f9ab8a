package hopyard.proxy.conf;

import java.util.List;

/**
 * A list of directives. If a syntax error ended the reading, the block holds the directives before it, and the error.
 * nginx reads and obeys directives one by one, so it reports the first mistake of any kind.
 *
 * @param directives in the order of the file, includes expanded
 * @param brokenOff the syntax error that ended this block, or {@code null}
 */
public record Block(List<Directive> directives, ConfException brokenOff) {}
