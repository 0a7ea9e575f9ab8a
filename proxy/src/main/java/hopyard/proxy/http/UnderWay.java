package hopyard.proxy.http;

import java.util.List;

/**
 * One request under way, with what it has carried so far.
 *
 * @param messages those that are kept, from a number on
 */
public record UnderWay(Pending pending, List<Messages.Message> messages) {}
