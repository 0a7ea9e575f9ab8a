package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.List;

/**
 * What a record of {@link Settings} is made from: its constructor asks for the value of each component in turn, and says by
 * which directive that is set. The first time, for the loader's table, nobody has set anything yet.
 */
public final class SettingsReader implements Setting.Source {

    private final String star;
    /** The directives of each component. */
    private final List<List<Setting>> declared = new ArrayList<>();
    /** By component; {@code null} if it is the first time. */
    private final Object[] values;

    private int next;

    SettingsReader(String star, Object[] values) {
        this.star = star;
        this.values = values;
    }

    /**
     * A directive that sets the next component; what it {@link Setting#read} is the value.
     *
     * @param name an asterisk in it stands for what {@link Settings#of(String, java.util.function.Function)} puts there
     */
    public Setting directive(String name) {
        return new Setting(this, name.replace("*", star), null);
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
