package hopyard.proxy.house;

import static java.util.Map.entry;

import java.util.Map;

/** What breaks a rule of the house, with the reason. A figure that has become smaller is made smaller here too. */
final class Exceptions {

    /** How many classes of a package need each other in circles. */
    static final Map<String, Integer> IN_CIRCLES = Map.ofEntries(
            // a connection, and the requests on it
            entry("hopyard.http.server", 2),
            // a zone and what writes an entry of it
            entry("hopyard.proxy.cache", 2),
            // a directive has a block of directives; a loader knows the commands, which are given it; a statement has
            // its tokens
            entry("hopyard.proxy.conf", 6),
            // an exchange has the handlers of its location, and its parts, which are given the exchange; settings and
            // variables are texts that are made for an exchange
            entry("hopyard.proxy.exchange", 32),
            // a group has its peers, those their connections, which tell them of their end
            entry("hopyard.proxy.upstream", 5));

    /** Classes under the package names of others. */
    static final Map<String, String> FOREIGN_NAMES = Map.ofEntries(
            entry("org.xnio.nio.NioHandle", "in place of XNIO's, which selects once more for each channel that closes"),
            entry("org.xnio.nio.ReadyKeys", "the order in which ready connections are served"),
            entry(
                    "org.xnio.nio.SocketChannels",
                    "sockets of one family and of the unix domain, which XNIO does not make"),
            entry("org.xnio.nio.package-info", "says why each of them is there"));

    /** Classes of the proxy that ask an exchange for Undertow's: the border to it, beside what an exchange makes of it itself. */
    static final Map<String, String> BORDER = Map.ofEntries(
            entry("hopyard.proxy.exchange.ContinueResponse", "Undertow writes \"100 Continue\""),
            entry("hopyard.proxy.exchange.Lifetime", "Undertow tells of the end, and has the connection"),
            entry("hopyard.proxy.exchange.RequestChecks", "what the parser has found is attached to it"),
            entry("hopyard.proxy.exchange.ResponseStart", "what has come together goes into Undertow's response"),
            entry("hopyard.proxy.exchange.Subrequest", "is made of another one of Undertow's"),
            entry("hopyard.proxy.exchange.Upgrade", "Undertow hands the connection over"));

    /** Classes of more than 400 lines, and how many they may have. */
    static final Map<String, Integer> LONG = Map.of();

    private Exceptions() {}
}
