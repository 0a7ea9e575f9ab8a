package hopyard.proxy.conf;

import java.util.List;

/**
 * A list of directives. Where a syntax error ended the reading, the block holds what came before it and the error:
 * nginx reads and obeys directives one by one, so the first mistake of whatever kind is the one it reports.
 *
 * @param directives in the order of the file, includes expanded
 * @param brokenOff the syntax error that ended this block, or {@code null}
 */
public record Block(List<Directive> directives, ConfException brokenOff) {}
