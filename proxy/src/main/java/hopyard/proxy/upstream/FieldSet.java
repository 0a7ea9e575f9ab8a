package hopyard.proxy.upstream;

import io.undertow.util.HttpString;
import java.util.Collection;

/** A fixed set of field names, made for a quick look at every field of every message. */
public final class FieldSet {

    private final HttpString[] table;

    private FieldSet(Collection<HttpString> names) {
        table = new HttpString[Integer.highestOneBit(Math.max(1, names.size())) * 8];
        for (HttpString name : names) {
            table[slot(name)] = name;
        }
    }

    /** The set of those names. */
    public static FieldSet of(Collection<HttpString> names) {
        return new FieldSet(names);
    }

    public boolean contains(HttpString name) {
        return table[slot(name)] != null;
    }

    /** Returns where the name is, or would be. There is always an empty place. */
    private int slot(HttpString name) {
        int hash = name.hashCode();
        int i = (hash ^ hash >>> 15) & table.length - 1;
        while (table[i] != null && !table[i].equals(name)) {
            i = i + 1 & table.length - 1;
        }
        return i;
    }
}
