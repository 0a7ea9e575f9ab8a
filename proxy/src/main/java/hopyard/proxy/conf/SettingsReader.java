package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.List;

/**
 * What a record of {@link Settings} is made from. The record's constructor asks for the value of each component in
 * turn, and says which directive sets it. The first call only collects the directives for the loader's table: nothing
 * has been set yet.
 */
public final class SettingsReader implements Setting.Source {

    private final String star;
    /** The directives of each component. */
    private final List<List<Setting>> declared = new ArrayList<>();
    /** The values by component; {@code null} on the first call. */
    private final Object[] values;

    private int next;

    SettingsReader(String star, Object[] values) {
        this.star = star;
        this.values = values;
    }

    /**
     * Declares a directive that sets the next component. Its value is what {@link Setting#read} returns.
     *
     * @param name an asterisk in it stands for the word given to {@link Settings#of(String,
     *     java.util.function.Function)}
     */
    public Setting directive(String name) {
        return new Setting(this, named(name), null);
    }

    /** Returns a text with the word in the place of the asterisk. */
    public String named(String text) {
        return text.replace("*", star);
    }

    @Override
    @SuppressWarnings("unchecked") // what is there is what the directive's reader has given, or nothing
    public <V> V value(Setting last, V nothing) {
        if (values != null) {
            return (V) values[next++];
        }
        declared.add(last.all());
        return nothing;
    }

    List<List<Setting>> declared() {
        return declared;
    }
}
