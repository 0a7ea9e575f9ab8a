package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The directives that set the components of a record. The record's constructor says which they are, see {@link
 * Setting}. While a file is read, each level holds what it says itself. {@link #inherit} fills in the rest from the
 * level around, and {@link #of} returns the record. A level that says nothing has the record of the level around.
 *
 * @param <R> the record; all of its components are settings
 */
public final class Settings<R extends Record> {

    private enum Rule {
        INHERITED,
        /** A level has what it says itself. */
        OWN,
        /** All levels have what any of them says. */
        MAIN
    }

    /** What a level says. */
    private final class Level {
        private final Object[] values = new Object[components().size()];
        private volatile R record;
    }

    private final Function<SettingsReader, R> make;
    private final String star;
    private final Rule rule;
    private final Scope.Key<Level> key = new Scope.Key<>(Level::new);
    private final Scope.Key<Level> defaults = new Scope.Key<>(Level::new);
    private List<List<Setting>> components;

    private Settings(String star, Function<SettingsReader, R> make, Rule rule) {
        this.make = make;
        this.star = star;
        this.rule = rule;
    }

    /** Returns settings that a level has from the level around, unless it says something itself. */
    public static <R extends Record> Settings<R> of(Function<SettingsReader, R> make) {
        return new Settings<>("", make, Rule.INHERITED);
    }

    /** Returns settings that are inherited, with a word in the place of the asterisk in their names. */
    public static <R extends Record> Settings<R> of(String star, Function<SettingsReader, R> make) {
        return new Settings<>(star, make, Rule.INHERITED);
    }

    /** Returns settings that are not inherited. */
    public static <R extends Record> Settings<R> ofLevel(Function<SettingsReader, R> make) {
        return ofLevel("", make);
    }

    /** Returns settings that are not inherited, with a word in the place of the asterisk in their names. */
    public static <R extends Record> Settings<R> ofLevel(String star, Function<SettingsReader, R> make) {
        return new Settings<>(star, make, Rule.OWN);
    }

    /** Returns settings of the whole configuration, on whatever level they stand. */
    public static <R extends Record> Settings<R> ofMain(Function<SettingsReader, R> make) {
        return new Settings<>("", make, Rule.MAIN);
    }

    /** Returns the directives for the loader's table. */
    public List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        components().forEach(commands::addAll);
        return commands;
    }

    private void set(int at, ValueReader<Object> reader, Scope scope, Directive d) throws ConfException {
        Level level = (rule == Rule.MAIN ? scope.nearest(Context.MAIN) : scope).get(key);
        Object former = level.values[at];
        if (former != null && !reader.repeats()) {
            throw d.directiveError("is duplicate");
        }
        Object value = reader.read(scope, d, former);
        level.values[at] = value == null ? former : value;
        level.record = null;
    }

    /** Gives {@code child} what counts in {@code parent}, wherever {@code child} says nothing itself. */
    public void inherit(Scope parent, Scope child) {
        Level own = rule == Rule.INHERITED ? child.find(key) : null;
        if (own == null) {
            return;
        }
        Level outer = level(parent);
        for (int i = 0; i < own.values.length; i++) {
            own.values[i] = fixed(own.values[i] == null ? outer.values[i] : own.values[i]);
        }
        own.record = null;
    }

    /**
     * Sets a directive's value for a scope and the levels in it, whatever the scope has said; to be called once
     * everything is read.
     */
    public void put(Scope scope, String directive, Object value) {
        Level level = scope.find(key);
        if (level == null) {
            Level outer = level(scope);
            level = scope.get(key);
            System.arraycopy(outer.values, 0, level.values, 0, level.values.length);
        }
        List<List<Setting>> declared = components();
        for (int i = 0; i < declared.size(); i++) {
            if (declared.get(i).stream().anyMatch(one -> one.name().equals(directive))) {
                level.values[i] = value;
                level.record = null;
                return;
            }
        }
        throw new IllegalArgumentException(directive);
    }

    /** Returns what counts in a scope, with the defaults for what no level says. The record is made once and shared. */
    public R of(Scope scope) {
        Level level = level(scope);
        R record = level.record;
        if (record == null) {
            record = record(level, scope);
            level.record = record;
        }
        return record;
    }

    /** Returns the nearest level that says anything; the outermost one if none does. */
    private Level level(Scope scope) {
        Level level = rule == Rule.MAIN ? null : scope.find(key);
        Scope at = scope;
        while (level == null && rule == Rule.INHERITED && at.parent() != null) {
            at = at.parent();
            level = at.find(key);
        }
        return level != null ? level : scope.nearest(Context.MAIN).get(key);
    }

    private R record(Level level, Scope scope) {
        Scope main = scope.nearest(Context.MAIN);
        Object[] byDefault = main.get(defaults).values;
        Object[] values = new Object[level.values.length];
        List<List<Setting>> declared = components();
        for (int i = 0; i < values.length; i++) {
            List<Setting> directives = declared.get(i);
            if (level.values[i] == null && byDefault[i] == null) {
                byDefault[i] = byDefault(directives, main);
            }
            values[i] = fixed(level.values[i] == null ? byDefault[i] : level.values[i]);
        }
        return make.apply(new SettingsReader(star, values));
    }

    /** Returns the value that a component has if no level says anything: that of the first directive with a default. */
    private static Object byDefault(List<Setting> directives, Scope main) {
        Object value = null;
        for (Setting each : directives) {
            value = value == null ? each.byDefault(main) : value;
        }
        return value;
    }

    /** Returns the value as one that nobody can change any more. */
    private static Object fixed(Object value) {
        if (value instanceof List<?> list) {
            return List.copyOf(list);
        }
        if (value instanceof Set<?> set) {
            return Set.copyOf(set);
        }
        return value instanceof Map<?, ?> map ? Map.copyOf(map) : value;
    }

    /** Returns the directives of each component. */
    synchronized List<List<Setting>> components() {
        if (components == null) {
            SettingsReader nothing = new SettingsReader(star, null);
            make.apply(nothing);
            List<List<Setting>> all = nothing.declared();
            for (int i = 0; i < all.size(); i++) {
                int at = i;
                for (Setting each : all.get(i)) {
                    each.obeyedBy((loader, scope, d) -> set(at, each.reader(), scope, d));
                }
            }
            components = all;
        }
        return components;
    }
}
