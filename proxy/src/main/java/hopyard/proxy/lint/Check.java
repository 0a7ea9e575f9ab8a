package hopyard.proxy.lint;

/** Something that may be wrong in a configuration, and how to find it. */
public abstract class Check {

    private final String id;
    private final Severity severity;
    private final String url;
    private final String why;

    /**
     * @param id its name, in kebab case
     * @param url where the documentation, or an advisory, says more
     * @param why what comes of it
     */
    protected Check(String id, Severity severity, String url, String why) {
        this.id = id;
        this.severity = severity;
        this.url = url;
        this.why = why.strip().replaceAll("\\s+", " ");
    }

    /** Returns the address of a directive in the documentation of one of nginx's http modules. */
    protected static String docs(String module, String directive) {
        return "https://nginx.org/en/docs/http/ngx_http_" + module + "_module.html#" + directive;
    }

    public final String id() {
        return id;
    }

    public final Severity severity() {
        return severity;
    }

    public final String url() {
        return url;
    }

    public final String why() {
        return why;
    }

    /** Looks for the mistake, and adds what it finds to the report. */
    public abstract void look(Site site, Report report);
}
