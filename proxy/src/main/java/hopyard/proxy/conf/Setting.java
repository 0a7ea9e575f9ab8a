package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A directive that sets a component of a record of {@link Settings}. It is declared in this one place: the loader's
 * table, inheritance, the default and the documentation all come from here.
 *
 * <p>The declaration reads from left to right: its name, what it means and where it may stand, and at the end how it is
 * read, which returns its value.
 */
public final class Setting implements Command {

    private static final Set<Context> ANYWHERE = EnumSet.of(Context.HTTP, Context.SERVER, Context.LOCATION);

    /** Where values come from. */
    interface Source {
        /**
         * The value of the component that some directives set.
         *
         * @param last the last one of them
         * @param nothing what it is where there is no value
         */
        <V> V value(Setting last, V nothing);
    }

    private final Source source;
    private final String name;
    /** Another directive for the same component; {@code null} if there is none. */
    private final Setting other;

    private String byDefault = "";
    private String otherwise = "";
    private String means = "";
    private String note = "";
    private String page = "";
    private Set<Context> contexts = ANYWHERE;
    private int minArgs = 1;
    private int maxArgs = 1;
    private boolean isBlock;
    private int from;
    private int to = Integer.MAX_VALUE;
    private ValueReader<Object> reader;
    private Object nothing;
    private Setter setter;

    Setting(Source source, String name, Setting other) {
        this.source = source;
        this.name = name;
        this.other = other;
    }

    // ---- what is said of it

    /** The arguments that hold if no level has the directive, written as in the file. They are read like any others. */
    public Setting byDefault(String args) {
        byDefault = args;
        return this;
    }

    /** The default that the documentation gives, if the code has no value for it or works one out. */
    public Setting otherwise(String args) {
        otherwise = args;
        return this;
    }

    /**
     * Says in one sentence what the directive means; left out if another directive of the same name has the sentence.
     */
    public Setting means(String sentence) {
        means = sentence;
        return this;
    }

    /** Says what is supported here; left out if the directive means the same as in nginx. */
    public Setting note(String what) {
        note = what;
        return this;
    }

    /** Sets the page of nginx's documentation, if it is not the page of the module. */
    public Setting page(String where) {
        page = where;
        return this;
    }

    /** Sets where the directive may stand, if that is not http, server and location. */
    public Setting in(Context first, Context... more) {
        contexts = EnumSet.of(first, more);
        return this;
    }

    /** Sets how many arguments the directive takes, if that is not one; {@link Command#ANY} for no limit. */
    public Setting args(int min, int max) {
        minArgs = min;
        maxArgs = max;
        return this;
    }

    /** Says that the directive has a block, rather than arguments and a semicolon. */
    public Setting block() {
        isBlock = true;
        return args(0, 0);
    }

    /** Sets the bounds of its {@link #number}. */
    public Setting between(int least, int most) {
        from = least;
        to = most;
        return this;
    }

    /** Adds another directive that sets the same component, and is read in the same way. */
    public Setting and(String anotherName) {
        return new Setting(source, anotherName, this);
    }

    // ---- its value

    /** {@code on} or {@code off}; off if there is no default. */
    public boolean flag() {
        return read(Readers.FLAG, false);
    }

    /** A number from 0 on; 0 if there is no default. */
    public int number() {
        return read(new Readers.Number(from, to), 0);
    }

    /** A number from 0 on; {@code null} if there is no default. */
    public Integer numberOrNull() {
        return read(new Readers.Number(from, to));
    }

    /** Bytes; 0 if there is no default. */
    public long size() {
        return read(Readers.SIZE, 0L);
    }

    /** Bytes of a content or a file, where nginx has gigabytes, too; 0 if there is no default. */
    public long offset() {
        return read(Readers.OFFSET, 0L);
    }

    /** Milliseconds; 0 if there is no default. */
    public long millis() {
        return read(Readers.MILLIS, 0L);
    }

    /** The argument; {@code null} if there is no default. */
    public String text() {
        return read(Readers.TEXT);
    }

    /** One of an enum's words, in any case; {@code null} if there is no default. */
    public <E extends Enum<E>> E word(Class<E> words) {
        return read(new Readers.Word<>(words));
    }

    /** Returns what the reader reads; {@code null} if there is no default. */
    public <V> V read(ValueReader<V> by) {
        return read(by, null);
    }

    /**
     * Returns what the reader reads.
     *
     * @param without the value if no level has the directive and there is no default
     */
    @SuppressWarnings("unchecked") // the value of a component is read by its own directives only
    public <V> V read(ValueReader<V> by, V without) {
        reader = (ValueReader<Object>) by;
        nothing = without;
        return source.value(this, without);
    }

    /** Returns this directive and the others for the same component, in the order of declaration. */
    List<Setting> all() {
        List<Setting> all = new ArrayList<>();
        for (Setting each = this; each != null; each = each.other) {
            each.reader = reader;
            each.nothing = nothing;
            all.add(0, each);
        }
        return all;
    }

    // ---- for the loader

    /** Returns the value that holds if no level has the directive. */
    Object byDefault(Scope main) {
        if (byDefault.isEmpty()) {
            return nothing;
        }
        try {
            return reader.read(main, Directive.byDefault(name, byDefault, isBlock), null);
        } catch (ConfException e) {
            throw new IllegalStateException("the default of \"" + name + "\": " + e.getMessage(), e);
        }
    }

    ValueReader<Object> reader() {
        return reader;
    }

    void obeyedBy(Setter by) {
        setter = by;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Context> contexts() {
        return contexts;
    }

    @Override
    public int minArgs() {
        return minArgs;
    }

    @Override
    public int maxArgs() {
        return maxArgs;
    }

    @Override
    public boolean isBlock() {
        return isBlock;
    }

    @Override
    public Setter setter() {
        return setter;
    }

    @Override
    public Meaning meaning() {
        return new Meaning(byDefault.isEmpty() ? otherwise : byDefault, means, note, page);
    }
}
