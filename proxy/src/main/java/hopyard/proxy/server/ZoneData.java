package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;

/**
 * The data of a module in a {@link SharedZone}: settings of one configuration, and contents that the next configuration
 * takes over.
 *
 * @param <T> the class itself
 */
public interface ZoneData<T extends ZoneData<T>> {

    /**
     * Checks that the zone can be used; changes no contents.
     *
     * @param zone the name of the zone
     * @param running the data whose contents would be taken over; {@code null} for none
     * @throws ConfException if the zone cannot be used, so that the running configuration has to stay
     */
    default void check(String zone, T running) throws ConfException {}

    /** Takes over the contents of the running configuration, which may still change them. */
    default void takeOver(T running) {}

    /** Sets how many bytes the contents may take. Data that takes no memory ignores this. */
    default void bound(long bytes) {}

    /** Drops the contents, even if requests are under way: no configuration takes them over. */
    default void retire() {}
}
