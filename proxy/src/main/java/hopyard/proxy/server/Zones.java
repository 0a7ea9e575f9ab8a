package hopyard.proxy.server;

import hopyard.memory.HeldMemory;
import hopyard.memory.ZoneMemory;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The shared memory zones of one configuration. They are empty until the configuration is put to work. Then each takes
 * over the contents of the running configuration's zone with the same name, kind and size, if there is one.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#shared_memory">shared memory</a>
 */
public final class Zones {

    private final Map<String, SharedZone<?>> byName = new LinkedHashMap<>();
    private long bound;

    /**
     * Returns the zone of that name, which several directives may use.
     *
     * @param kind the type of the zone's data
     * @param size the size in bytes; 0 if another directive gives it
     * @throws ConfException if a zone of this name has another kind or another size
     */
    public <T extends ZoneData<T>> SharedZone<T> declare(String name, Class<T> kind, long size, Directive d)
            throws ConfException {
        SharedZone<?> known = byName.computeIfAbsent(name, n -> new SharedZone<>(n, kind, size));
        if (known.kind() != kind) {
            throw d.error("the shared memory zone \"" + name + "\" is already declared for a different use");
        }
        if (known.size() == 0) {
            known.size(size);
        } else if (size != 0 && size != known.size()) {
            throw d.error("the size " + size + " of shared memory zone \"" + name + "\" conflicts with already declared"
                    + " size " + known.size());
        }
        @SuppressWarnings("unchecked") // the kind is the same
        SharedZone<T> zone = (SharedZone<T>) known;
        return zone;
    }

    /** Returns the data of the zone of that name; {@code null} if there is none of that kind. */
    public <T extends ZoneData<T>> T find(String name, Class<T> kind) {
        SharedZone<?> zone = byName.get(name);
        return zone == null || zone.kind() != kind ? null : kind.cast(zone.data());
    }

    /** Returns the data of each zone of that kind. */
    public <T extends ZoneData<T>> List<T> all(Class<T> kind) {
        List<T> all = new ArrayList<>();
        for (SharedZone<?> zone : byName.values()) {
            if (zone.kind() == kind && zone.data() != null) {
                all.add(kind.cast(zone.data()));
            }
        }
        return all;
    }

    /**
     * Sets how much each zone may hold, after all files have been read. If all zones together are too large for the
     * heap, the largest get less.
     *
     * @param warn gets a warning about each of these
     * @throws ConfException if a zone is used but not defined
     */
    public void complete(Consumer<String> warn) throws ConfException {
        List<SharedZone<?>> bySize = new ArrayList<>();
        for (SharedZone<?> zone : byName.values()) {
            if (zone.size() == 0) {
                throw ConfException.anywhere("zero size shared memory zone \"" + zone.name() + "\"");
            }
            if (zone.data() != null) {
                bySize.add(zone);
            }
        }
        bySize.sort(Comparator.comparingLong(SharedZone::size));
        for (int i = 0; i < bySize.size(); i++) {
            SharedZone<?> zone = bySize.get(i);
            long its = Math.min(zone.size(), (ZoneMemory.ALL - bound) / (bySize.size() - i));
            zone.data().bound(its);
            bound += its;
            if (its < zone.size()) {
                warn.accept("the zone \"" + zone.name() + "\" of " + (zone.size() >> 10) + "k gets no more than "
                        + (its >> 10) + "k, because all zones together may take " + (ZoneMemory.ALL >> 10)
                        + "k, a quarter of the heap: see -Xmx in HOPYARD_JAVA_OPTS");
            }
        }
    }

    /**
     * Checks that these zones can take over from those of the running configuration; changes none.
     *
     * @param running the zones of the running configuration; {@code null} for none
     * @throws ConfException if a zone has another key now, or a directory cannot be made
     */
    public void check(Zones running) throws ConfException {
        for (SharedZone<?> zone : byName.values()) {
            zone.check(running == null ? null : running.byName.get(zone.name()));
        }
    }

    /**
     * Puts these zones to work.
     *
     * @param running the zones of the running configuration, whose contents are taken over; {@code null} for none
     */
    public void use(Zones running) {
        HeldMemory.reserve(bound);
        if (running == null) {
            return;
        }
        for (SharedZone<?> old : running.byName.values()) {
            SharedZone<?> zone = byName.get(old.name());
            if (zone != null && zone.continues(old)) {
                zone.takeOver(old);
            } else if (old.data() != null) {
                old.data().retire();
            }
        }
    }
}
