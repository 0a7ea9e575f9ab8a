/**
 * Exchanges as they end and while they are under way: the list, one in full, HAR, the diagram of its hops, live events,
 * figures.
 */
package hopyard.proxy.console.exchanges;
