package hopyard.proxy.conf;

/**
 * What a directive means, for people.
 *
 * @param byDefault the arguments that hold without the directive; empty if there are none
 * @param means one sentence; empty if another directive of the same name has it
 * @param note what is supported here; empty if it means the same as in nginx
 * @param page the page of nginx's documentation; empty for the page of its module
 */
public record Meaning(String byDefault, String means, String note, String page) {

    /** The {@link #note} of what is accepted and checked, without effect. */
    public static final String IGNORED = "ignored";

    /** The meaning of a directive that another one of the same name explains. */
    public static final Meaning NONE = new Meaning("", "", "", "");
}
