package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.GroupVariables;
import hopyard.proxy.server.Request;
import io.undertow.util.HttpString;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The variables of one configuration.
 *
 * <p>A name may be used before it is defined. So a use gets a reference, which {@link #resolve} fills when all files
 * have been read.
 */
public final class Variables implements GroupVariables {

    private static final class Reference implements Variable {
        private Variable target;

        @Override
        public String get(Exchange exchange) {
            return target.get(exchange);
        }
    }

    /** The longest that all regular expressions together may be, in characters: each may become an object or two. */
    private static final long MAX_EXPRESSIONS = Runtime.getRuntime().maxMemory() / 256;

    private long expressions;
    private boolean isComplete;

    // the keys of all these are in lower case: nginx's names of variables know no case
    private final Map<String, Variable> builtIn = new LinkedHashMap<>();
    private final Set<String> replaceable = new HashSet<>();
    private final Map<String, Function<String, Variable>> prefixes = new LinkedHashMap<>();
    private final Map<String, BiConsumer<Exchange, String>> setters = new HashMap<>();
    private final Map<String, Variable> changeable = new LinkedHashMap<>();
    private final Map<String, Integer> slots = new LinkedHashMap<>();
    private final Set<HttpString> upstreamFields = new LinkedHashSet<>();
    private final Map<String, Reference> references = new LinkedHashMap<>();

    /** Defines a module's own variable, which no directive may define again. */
    public void define(String name, Variable variable) {
        builtIn.put(name, variable);
    }

    /**
     * Defines a module's own variable, in whose place a directive such as {@code set} or {@code map} may put another.
     */
    public void defineReplaceable(String name, Variable variable) {
        define(name, variable);
        replaceable.add(name);
    }

    /** Lets {@code set} change a module's own variable. */
    public void onSet(String name, BiConsumer<Exchange, String> setter) {
        setters.put(name, setter);
    }

    /** Defines a family such as {@code http_NAME}. The function gets the part of the name behind the prefix. */
    public void definePrefix(String prefix, Function<String, Variable> family) {
        prefixes.put(prefix, family);
    }

    /**
     * Returns the names of the modules' own variables, and the prefixes of the families, which end in an underscore.
     */
    public Set<String> names() {
        Set<String> names = new TreeSet<>(builtIn.keySet());
        names.addAll(prefixes.keySet());
        return names;
    }

    /**
     * Defines a variable of a directive such as {@code map}, with a slot for the value of each request.
     *
     * @param make makes the variable from its slot number
     * @return the slot number in {@link VariableValues#slots()}
     * @throws ConfException if the name is that of a module's own variable
     */
    private int defineChangeable(Directive directive, String written, Function<Integer, Variable> make)
            throws ConfException {
        String name = lower(written);
        if (builtIn.containsKey(name) && !replaceable.contains(name)) {
            throw directive.error("the duplicate \"" + written + "\" variable");
        }
        int slot = slots.computeIfAbsent(name, n -> slots.size());
        changeable.put(name, make.apply(slot));
        return slot;
    }

    /**
     * Defines a variable whose value is looked up when a request first asks for it, as with {@code map}. The value may
     * depend on other variables.
     *
     * @param isVolatile whether the value is looked up each time instead
     * @throws ConfException if the name is that of a module's own variable
     */
    public void defineLookedUp(Directive directive, String name, boolean isVolatile, Function<Exchange, String> lookUp)
            throws ConfException {
        defineChangeable(directive, name, slot -> exchange -> {
            String value = exchange.variables().slots()[slot];
            if (value == null || isVolatile) {
                value = evaluate(exchange, lower(name), lookUp);
                exchange.variables().slots()[slot] = value;
            }
            return value;
        });
    }

    /**
     * Looks up the value of a variable, which may ask for the values of others.
     *
     * @return the value; {@code null} if the variables ask for each other without end, as in nginx
     */
    static String evaluate(Exchange exchange, String name, Function<Exchange, String> lookUp) {
        VariableValues values = exchange.variables();
        boolean wasInCircle = values.isInCircle();
        if (!values.beginLookUp()) {
            if (!wasInCircle) {
                exchange.log(ErrorLog.Level.ERROR, "cycle while evaluating variable \"" + name + "\"");
            }
            return null;
        }
        try {
            return lookUp.apply(exchange);
        } finally {
            values.endLookUp();
        }
    }

    /**
     * Returns how {@code set} or a similar directive changes a variable. Defines the variable if it is not defined yet.
     *
     * @throws ConfException if the name is that of a module's own variable that cannot be changed
     */
    public BiConsumer<Exchange, String> settable(Directive directive, String written) throws ConfException {
        String name = lower(written);
        BiConsumer<Exchange, String> setter = setters.get(name);
        if (setter != null) {
            return setter;
        }
        // what nobody has set in this request keeps the meaning of its family, such as $http_x
        Variable family = ofFamily(name);
        int slot = changeable.containsKey(name)
                ? slots.get(name)
                : defineChangeable(directive, written, number -> exchange -> {
                    String value = exchange.variables().slots()[number];
                    if (value == null && family != null) {
                        return family.get(exchange);
                    }
                    if (value == null && replaceable.contains(name)) {
                        return builtIn.get(name).get(exchange);
                    }
                    if (value == null && exchange.core().uninitializedVariableWarn()) {
                        exchange.log(ErrorLog.Level.WARN, "using uninitialized \"" + name + "\" variable");
                    }
                    return value == null ? "" : value;
                });
        return (exchange, value) -> exchange.variables().slots()[slot] = value;
    }

    /**
     * Returns how a group of a regular expression sets the variable of its name. Until then, the variable has no value,
     * of which there is no warning.
     *
     * @throws ConfException if the name is that of a module's own variable that cannot be changed
     */
    BiConsumer<Exchange, String> captured(Directive directive, String name) throws ConfException {
        BiConsumer<Exchange, String> setter = settable(directive, name);
        Integer slot = slots.get(lower(name));
        if (slot != null) {
            int number = slot;
            changeable.put(lower(name), exchange -> exchange.variables().slots()[number]);
        }
        return setter;
    }

    /**
     * Does what {@link #settable} does, but where no other directive has defined the variable, there is no warning of a
     * value that is not there.
     *
     * @throws ConfException if the name is that of a module's own variable that cannot be changed
     */
    public BiConsumer<Exchange, String> optional(Directive directive, String name) throws ConfException {
        return changeable.containsKey(lower(name)) ? settable(directive, name) : captured(directive, name);
    }

    /** Returns a reference to a variable for a use of {@code $name}. */
    public Variable use(String name) {
        return references.computeIfAbsent(lower(name), n -> new Reference());
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Whether a directive that has been read so far uses {@code $name}. */
    public boolean isUsed(String name) {
        return references.containsKey(name);
    }

    /** Asks to keep a field of upstreams' responses for a variable, whether or not the client gets the field. */
    public void keepUpstreamField(HttpString name) {
        if (!isComplete) {
            upstreamFields.add(name);
        }
    }

    /**
     * Returns a variable by its name, for a name that only a request brings; {@code null} if there is none. To be
     * called when the configuration is complete.
     */
    public Variable byName(String name) {
        return name.length() == 1 && Character.isDigit(name.charAt(0)) ? null : find(name);
    }

    /** See {@link #keepUpstreamField}. */
    public Set<HttpString> upstreamFields() {
        return upstreamFields;
    }

    @Override
    public BiConsumer<Request, String> ofGroup(Directive directive, String name) throws ConfException {
        BiConsumer<Exchange, String> setter = captured(directive, name);
        // no other requests than exchanges have variables
        return (request, value) -> setter.accept((Exchange) request, value);
    }

    @Override
    public void countExpression(Directive directive, int length) throws ConfException {
        expressions += length;
        if (expressions > MAX_EXPRESSIONS) {
            throw directive.error("the regular expressions are longer than " + MAX_EXPRESSIONS
                    + " characters in all, which is what the heap has room for: see -Xmx in HOPYARD_JAVA_OPTS");
        }
    }

    /** Returns how many slots a request needs. */
    public int slotCount() {
        return slots.size();
    }

    /**
     * Connects uses with definitions.
     *
     * @throws ConfException if a name is unknown
     */
    public void resolve() throws ConfException {
        for (Map.Entry<String, Reference> use : references.entrySet()) {
            Variable target = find(use.getKey());
            if (target == null) {
                throw ConfException.anywhere("unknown \"" + use.getKey() + "\" variable");
            }
            use.getValue().target = target;
        }
        isComplete = true;
    }

    private Variable find(String name) {
        if (name.length() == 1 && Character.isDigit(name.charAt(0))) {
            int group = name.charAt(0) - '0';
            return exchange -> exchange.variables().capture(group);
        }
        Variable own = changeable.getOrDefault(name, builtIn.get(name));
        return own == null ? ofFamily(name) : own;
    }

    private Variable ofFamily(String name) {
        for (Map.Entry<String, Function<String, Variable>> prefix : prefixes.entrySet()) {
            if (name.startsWith(prefix.getKey())) {
                return prefix.getValue().apply(name.substring(prefix.getKey().length()));
            }
        }
        return null;
    }
}
