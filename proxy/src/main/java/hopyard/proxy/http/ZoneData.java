package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;

/**
 * What a module keeps in a {@link SharedZone}: settings of one configuration, and contents that go on from one
 * configuration to the next.
 *
 * @param <T> the class itself
 */
public interface ZoneData<T extends ZoneData<T>> {

    /**
     * Makes sure that the zone can be used; touches no contents.
     *
     * @param zone its name
     * @param running whose contents would be taken over; {@code null} for none
     * @throws ConfException if it cannot, and the running configuration has to stay
     */
    default void check(String zone, T running) throws ConfException {}

    /** Goes on with the contents of the running configuration, which may still change them. */
    default void takeOver(T running) {}

    /** Says how many bytes the contents may take; without that, they take none. */
    default void bound(long bytes) {}

    /** No configuration takes the contents over: lets go of them, whatever requests are still under way. */
    default void retire() {}
}
