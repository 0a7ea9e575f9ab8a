package hopyard.proxy.conf;

/**
 * What a directive means, for people.
 *
 * @param byDefault the arguments that hold if nothing is said; empty if there are none
 * @param means one sentence; empty where another directive of the same name has it
 * @param note what there is of it here; empty if it means what it means in nginx
 * @param page the page of nginx's documentation; empty if it is that of its module
 */
public record Meaning(String byDefault, String means, String note, String page) {

    /** The {@link #note} of what is accepted and checked, without effect. */
    public static final String IGNORED = "ignored";

    /** Of a directive that another one of the same name explains. */
    public static final Meaning NONE = new Meaning("", "", "", "");
}
