package hopyard.proxy.cache;

/**
 * How long a response is good for; all times in ms since 1970.
 *
 * @param validUntil until when it is fresh
 * @param updatingUntil until when it may be used while a new one is fetched ({@code stale-while-revalidate})
 * @param errorUntil until when it may be used when no new one can be had ({@code stale-if-error})
 */
public record Freshness(long validUntil, long updatingUntil, long errorUntil) {}
