package hopyard.proxy.lint;

/** How to find something that may be wrong in a configuration. */
public abstract class Check {

    private final Rule rule;

    /**
     * @param id its name, in kebab case
     * @param url where the documentation, or an advisory, says more
     * @param why what comes of it
     */
    protected Check(String id, Severity severity, String url, String why) {
        rule = new Rule(id, severity, url, why.strip().replaceAll("\\s+", " "));
    }

    /** Returns the address of a directive in the documentation of one of nginx's http modules. */
    protected static String docs(String module, String directive) {
        return "https://nginx.org/en/docs/http/ngx_http_" + module + "_module.html#" + directive;
    }

    /** What it looks for. */
    public final Rule rule() {
        return rule;
    }

    /** Looks for the mistake, and adds what it finds to the report. */
    public abstract void look(Site site, Report report);
}
