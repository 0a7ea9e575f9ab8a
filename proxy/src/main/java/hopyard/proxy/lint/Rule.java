package hopyard.proxy.lint;

/**
 * Something that may be wrong in a configuration.
 *
 * @param id its name, in kebab case
 * @param url where the documentation, or an advisory, says more
 * @param why what comes of it
 */
public record Rule(String id, Severity severity, String url, String why) {}
