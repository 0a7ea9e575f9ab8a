package hopyard.proxy.conf;

/** What a directive means, for people. */
public interface Meaning {

    /** The {@link #note} of what is accepted and checked, without effect. */
    String IGNORED = "ignored";

    /** Of a directive that another one of the same name explains. */
    Meaning NONE = new Said("", "", "", "");

    /** The arguments that hold if nothing is said; empty if there are none. */
    String byDefault();

    /** One sentence. */
    String means();

    /** What there is of it here; empty if it means what it means in nginx. */
    String note();

    /** The page of nginx's documentation; empty if it is that of its module. */
    String page();

    /** As a {@link Command} says it. */
    record Said(String byDefault, String means, String note, String page) implements Meaning {}

    /** As the annotation says it. */
    record OfSetting(Setting setting) implements Meaning {

        @Override
        public String byDefault() {
            return setting.byDefault().isEmpty() ? setting.otherwise() : setting.byDefault();
        }

        @Override
        public String means() {
            return setting.means();
        }

        @Override
        public String note() {
            return setting.note();
        }

        @Override
        public String page() {
            return setting.page();
        }
    }
}
