package hopyard.house;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What breaks a rule of the house, with the reason. What does not any more is taken out: a test asks for it. */
final class Exceptions {

    /**
     * Classes of a package that need each other.
     *
     * @param reason why that is so
     */
    record Circle(String reason, String in, String... names) {
        /** Returns the full names of the classes. */
        Set<String> members() {
            return Stream.of(names).map(name -> in + "." + name).collect(Collectors.toSet());
        }
    }

    static final List<Circle> CIRCLES = List.of(
            new Circle("a connection, and the requests on it", "hopyard.http.server", "HttpConnection", "Requests"),
            new Circle(
                    "a connection of HTTP/2, its streams, and both directions of each",
                    "hopyard.http.server.http2",
                    "ClientFrames",
                    "ContentFrames",
                    "Http2Connection",
                    "Http2Stream",
                    "Incoming",
                    "Outgoing",
                    "RequestFields",
                    "StreamSink",
                    "StreamSource",
                    "StreamTable"),
            new Circle(
                    "a client, what HTTP/2 it speaks, and the streams of that",
                    "hopyard.proxy.server",
                    "ClientConnection",
                    "ClientStream",
                    "Http2Client"),
            new Circle("a zone, and what writes an entry of it", "hopyard.proxy.cache", "CacheZone", "EntryWriter"),
            new Circle(
                    "a directive has a block of directives; a statement has its tokens",
                    "hopyard.proxy.conf",
                    "Block",
                    "Directive",
                    "Lexer",
                    "Statement"),
            new Circle("a loader knows the commands, which are given it", "hopyard.proxy.conf", "Command", "Loader"),
            new Circle(
                    "an exchange has the handlers of its location, and its parts, which are given the exchange; settings and"
                            + " variables are texts that are made for an exchange",
                    "hopyard.proxy.exchange",
                    "Build",
                    "BytesBody",
                    "Capture",
                    "ClientContent",
                    "ClientRedirect",
                    "CoreReaders",
                    "CoreSettings",
                    "ErrorPage",
                    "Exchange",
                    "FilePath",
                    "HeaderFilter",
                    "Lifetime",
                    "LocationHandlers",
                    "PhaseHandler",
                    "Phases",
                    "RateLimitConduit",
                    "Recorder",
                    "RequestChecks",
                    "RequestLine",
                    "RequestLog",
                    "ResponseStart",
                    "SendDeadline",
                    "SpecialResponse",
                    "Template",
                    "Trail",
                    "Variable",
                    "Variables"),
            new Circle(
                    "a group has its peers, those their connections, which tell them of their end",
                    "hopyard.proxy.upstream",
                    "ConnectListener",
                    "NameRefresh",
                    "Peers",
                    "UpstreamConnection",
                    "UpstreamGroup"));

    /** Classes under the package names of others. */
    static final Map<String, String> FOREIGN_NAMES = Map.ofEntries(
            entry("org.xnio.nio.NioHandle", "in place of XNIO's, which selects once more for each channel that closes"),
            entry("org.xnio.nio.ReadyKeys", "the order in which ready connections are served"),
            entry(
                    "org.xnio.nio.SocketChannels",
                    "sockets of one family and of the unix domain, which XNIO does not make"),
            entry("org.xnio.nio.package-info", "says why each of them is there"));

    /**
     * Classes of the proxy that ask an exchange for Undertow's: the border to it, beside what an exchange makes of it
     * itself.
     */
    static final Map<String, String> BORDER = Map.ofEntries(
            entry("hopyard.proxy.exchange.ContinueResponse", "Undertow writes \"100 Continue\""),
            entry("hopyard.proxy.exchange.Lifetime", "Undertow tells of the end, and has the connection"),
            entry("hopyard.proxy.exchange.RequestChecks", "what the parser has found is attached to it"),
            entry("hopyard.proxy.exchange.ResponseStart", "what has come together goes into Undertow's response"),
            entry("hopyard.proxy.exchange.Subrequest", "is made of another one of Undertow's"),
            entry("hopyard.proxy.exchange.Upgrade", "Undertow hands the connection over"));

    /** Classes of more than 400 lines, by their full names, and how many they may have. */
    static final Map<String, Integer> LONG = Map.of();

    private Exceptions() {}
}
