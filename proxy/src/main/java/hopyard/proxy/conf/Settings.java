package hopyard.proxy.conf;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The directives that set the components of a record, see {@link Setting}. While a file is read, each level holds what it says
 * itself; {@link #inherit} fills in the rest from the level around; {@link #of} gives the record. A level that says nothing
 * has the record of the level around.
 *
 * @param <R> the record; every component of it is a {@link Setting}
 */
public final class Settings<R extends Record> {

    private enum Rule {
        INHERITED,
        /** A level has what it says itself. */
        OWN,
        /** All levels have what any of them says. */
        MAIN
    }

    /** One directive that sets a component. Reading annotations is slow at first, so all but the name is read when it is used. */
    private final class One implements Command {

        private final int at;
        private final Class<?> type;
        private final Setting setting;
        private final String name;
        private Set<Context> contexts;
        private ValueReader<Object> reader;

        One(int at, Class<?> type, Setting setting) {
            this.at = at;
            this.type = type;
            this.setting = setting;
            name = setting.name().replace("*", star);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Set<Context> contexts() {
            contexts = contexts == null ? Set.of(setting.in()) : contexts;
            return contexts;
        }

        @Override
        public int minArgs() {
            return setting.block() ? 0 : setting.min();
        }

        @Override
        public int maxArgs() {
            return setting.block() ? 0 : Math.max(setting.min(), setting.max());
        }

        @Override
        public boolean isBlock() {
            return setting.block();
        }

        @Override
        public Setter setter() {
            return (loader, scope, d) -> set(at, reader(), scope, d);
        }

        @Override
        public Meaning meaning() {
            return new Meaning.OfSetting(setting);
        }

        private synchronized ValueReader<Object> reader() {
            if (reader == null) {
                reader = Settings.reader(type, setting);
            }
            return reader;
        }

        /** The value if no level says anything; {@code null} if there is none. */
        private Object byDefault(Scope main) {
            String text = setting.byDefault();
            if (text.isEmpty()) {
                return null;
            }
            try {
                return reader().read(main, Directive.byDefault(name, text, setting.block()), null);
            } catch (ConfException e) {
                throw new IllegalStateException("the default of \"" + name + "\": " + e.getMessage(), e);
            }
        }
    }

    /** What a level says. */
    private final class Level {
        private final Object[] values = new Object[components().size()];
        private volatile R record;
    }

    private final Class<R> type;
    private final String star;
    private final Rule rule;
    private final Scope.Key<Level> key = new Scope.Key<>(Level::new);
    private final Scope.Key<Level> defaults = new Scope.Key<>(Level::new);
    /** The directives of each component. */
    private List<List<One>> components;

    private Constructor<R> constructor;

    private Settings(Class<R> type, String star, Rule rule) {
        this.type = type;
        this.star = star;
        this.rule = rule;
    }

    /** Settings that a level has from the level around, unless it says something itself. */
    public static <R extends Record> Settings<R> of(Class<R> type) {
        return new Settings<>(type, "", Rule.INHERITED);
    }

    /** The same, with a word in the place of the asterisk in the names. */
    public static <R extends Record> Settings<R> of(Class<R> type, String star) {
        return new Settings<>(type, star, Rule.INHERITED);
    }

    /** Settings that are not inherited. */
    public static <R extends Record> Settings<R> ofLevel(Class<R> type) {
        return new Settings<>(type, "", Rule.OWN);
    }

    /** Settings of the configuration as a whole, on whatever level they stand. */
    public static <R extends Record> Settings<R> ofMain(Class<R> type) {
        return new Settings<>(type, "", Rule.MAIN);
    }

    /** The record. */
    Class<R> type() {
        return type;
    }

    /** The directives, for the loader's table. */
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

    /** Fills what {@code child} does not say itself with what counts in {@code parent}. */
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

    /** Sets what a directive would, whatever the scope has said, for it and the levels in it; once all is read. */
    public void put(Scope scope, String directive, Object value) {
        Level level = scope.find(key);
        if (level == null) {
            Level outer = level(scope);
            level = scope.get(key);
            System.arraycopy(outer.values, 0, level.values, 0, level.values.length);
        }
        List<List<One>> declared = components();
        for (int i = 0; i < declared.size(); i++) {
            if (declared.get(i).stream().anyMatch(one -> one.name.equals(directive))) {
                level.values[i] = value;
                level.record = null;
                return;
            }
        }
        throw new IllegalArgumentException(directive);
    }

    /** What counts in a scope, with the defaults of what no level says. It is made once and shared. */
    public R of(Scope scope) {
        Level level = level(scope);
        R record = level.record;
        if (record == null) {
            record = record(level, scope);
            level.record = record;
        }
        return record;
    }

    /** The nearest level that says anything; the outermost one if none does. */
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
        List<List<One>> declared = components();
        for (int i = 0; i < values.length; i++) {
            List<One> directives = declared.get(i);
            if (level.values[i] == null && byDefault[i] == null) {
                byDefault[i] = byDefault(directives, main);
            }
            values[i] = fixed(level.values[i] == null ? byDefault[i] : level.values[i]);
        }
        try {
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of " + type.getName() + " cannot be made", e);
        }
    }

    /** The value that a component has if no level says anything. */
    private Object byDefault(List<One> directives, Scope main) {
        for (One one : directives) {
            Object value = one.byDefault(main);
            if (value != null) {
                return value;
            }
        }
        return nothing(directives.get(0).type);
    }

    private static Object nothing(Class<?> type) {
        if (type == List.class) {
            return List.of();
        }
        if (type == Set.class) {
            return Set.of();
        }
        if (type == Map.class) {
            return Map.of();
        }
        return type == boolean.class ? Boolean.FALSE : type == int.class ? (Object) 0 : type == long.class ? 0L : null;
    }

    /** The same, which nobody can change any more. */
    private static Object fixed(Object value) {
        if (value instanceof List<?> list) {
            return List.copyOf(list);
        }
        if (value instanceof Set<?> set) {
            return Set.copyOf(set);
        }
        return value instanceof Map<?, ?> map ? Map.copyOf(map) : value;
    }

    private synchronized List<List<One>> components() {
        if (components == null) {
            components = declared();
        }
        return components;
    }

    private List<List<One>> declared() {
        List<List<One>> found = new ArrayList<>();
        RecordComponent[] all = type.getRecordComponents();
        Class<?>[] types = new Class<?>[all.length];
        for (int i = 0; i < all.length; i++) {
            types[i] = all[i].getType();
            List<One> its = new ArrayList<>();
            for (Annotation each : all[i].getDeclaredAnnotations()) {
                Setting[] several =
                        each instanceof Setting.Several group ? group.value() : new Setting[] {(Setting) each};
                for (Setting setting : several) {
                    its.add(new One(i, types[i], setting));
                }
            }
            found.add(List.copyOf(its));
        }
        try {
            constructor = type.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record without its constructor: " + type.getName(), e);
        }
        constructor.setAccessible(true);
        return List.copyOf(found);
    }

    @SuppressWarnings("unchecked") // a test holds that each reader gives what its component takes
    private static ValueReader<Object> reader(Class<?> type, Setting setting) {
        Class<? extends ValueReader<?>> reader = setting.reader();
        if (reader == Readers.ByType.class) {
            return (ValueReader<Object>) Readers.of(type, setting);
        }
        try {
            Constructor<? extends ValueReader<?>> made = reader.getDeclaredConstructor();
            made.setAccessible(true);
            return (ValueReader<Object>) made.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a reader cannot be made: " + reader.getName(), e);
        }
    }
}
