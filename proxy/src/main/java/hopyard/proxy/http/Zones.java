package hopyard.proxy.http;

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
 * The shared memory zones of one configuration. They are empty until the configuration is put to work; then they take over
 * what those of the running one hold, where name, kind and size are the same.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#shared_memory">shared memory</a>
 */
public final class Zones {

    private final Map<String, SharedZone<?>> byName = new LinkedHashMap<>();
    private long bound;

    /**
     * The zone of that name, which several directives may use.
     *
     * @param kind what is kept in it
     * @param size in bytes; 0 where another directive says it
     * @throws ConfException if the name stands for another kind of zone, or for one of another size
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

    /** What is kept in the zone of that name; {@code null} if there is none of that kind. */
    public <T extends ZoneData<T>> T find(String name, Class<T> kind) {
        SharedZone<?> zone = byName.get(name);
        return zone == null || zone.kind() != kind ? null : kind.cast(zone.data());
    }

    /** What is kept in each zone of that kind. */
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
     * Everything has been read: says how much each zone may hold. Where all of them would be too much for the heap, the
     * largest get less.
     *
     * @param warn is told of those
     * @throws ConfException if a zone is used that is not defined
     */
    void complete(Consumer<String> warn) throws ConfException {
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
     * Makes sure that these zones can follow those of the running configuration, and touches none.
     *
     * @param running {@code null} for none
     * @throws ConfException if a zone is for another key now, or a directory cannot be made
     */
    public void check(Zones running) throws ConfException {
        for (SharedZone<?> zone : byName.values()) {
            zone.check(running == null ? null : running.byName.get(zone.name()));
        }
    }

    /**
     * These zones are at work from now on.
     *
     * @param running whose contents go on where they may; {@code null} for none
     */
    void use(Zones running) {
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
