package hopyard.proxy.lint;

import java.util.List;

/**
 * A way to mend a finding.
 *
 * @param title what it does, in a few words
 * @param edits of the text that was looked at; none overlaps another
 */
public record Fix(String title, List<Edit> edits) {}
