package hopyard.proxy.server;

import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.trace.Addresses;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The settings of a server block that decide which requests it serves. */
public record ServerSettings(List<Listen> listens, List<Name> names) {

    ServerSettings(SettingsReader in) {
        this(
                in.directive("listen")
                        .otherwise("*:80")
                        .means("An address and port, or a path, that the server is reached at.")
                        .note(
                                "`reuseport`, `deferred`, `fastopen`, `rcvbuf`, `sndbuf`, `so_keepalive` and `bind` have no effect; `setfib` and `accept_filter` are unknown. `[::]:80` beside `80` shares one dual-stack socket with it")
                        .in(SERVER)
                        .args(1, Command.ANY)
                        .read(new Listens(), List.of()),
                in.directive("server_name")
                        .otherwise("\"\"")
                        .means("The hosts that the server answers for, with asterisks or as regular expressions.")
                        .in(SERVER)
                        .args(1, Command.ANY)
                        .read(new Names(), List.of()));
    }

    public static final Settings<ServerSettings> SETTINGS = Settings.ofLevel(ServerSettings::new);

    /**
     * One {@code listen}.
     *
     * @param address the address as written; a wildcard has no host
     * @param isDefault whether it is the {@code default_server}
     * @param backlog how many connections may wait to be accepted; negative if it is not given
     * @param ssl whether TLS is spoken
     * @param takesIpv4 whether an IPv6 wildcard accepts connections over IPv4, too ({@code ipv6only=off})
     * @param isTuned whether it has options of the socket, which an address may have once
     * @param proxyProtocol whether the PROXY protocol's header comes first
     * @param http2 whether HTTP/2 is spoken: beside HTTP/1.1 with TLS, and alone without
     */
    public record Listen(
            SocketAddress address,
            boolean isDefault,
            int backlog,
            boolean ssl,
            boolean proxyProtocol,
            boolean http2,
            boolean takesIpv4,
            boolean isTuned,
            Directive directive) {}

    /**
     * One name of {@code server_name}.
     *
     * @param pattern the regular expression; {@code null} if the name is none
     */
    public record Name(String text, Regex pattern, Directive directive) {}

    /** Returns the settings of a server block. */
    public static ServerSettings of(Scope server) {
        return SETTINGS.of(server);
    }

    /** Sets what a server block does not say itself: port 80, and an empty name. */
    public static void complete(Scope server, Directive block) {
        ServerSettings said = of(server);
        if (said.listens.isEmpty()) {
            Listen any = new Listen(ListenAddress.any(80), false, -1, false, false, false, false, false, block);
            SETTINGS.put(server, "listen", List.of(any));
        }
        if (said.names.isEmpty()) {
            SETTINGS.put(server, "server_name", List.of(new Name("", null, block)));
        }
    }

    /** Reads {@code listen}. */
    private static final class Listens implements ValueReader.Repeated<List<ServerSettings.Listen>> {

        private static final int MAX_LISTENS = 1000;

        /**
         * Parameters that are accepted without effect: they tune a socket in ways that Java does not offer.
         */
        private static final Pattern TUNING = Pattern.compile("bind|deferred|reuseport|ipv6only=on"
                + "|fastopen=[0-9]+|(rcvbuf|sndbuf)=[0-9]+[kKmM]?"
                + "|so_keepalive=(on|off|(?!:*$)[0-9smhd]*(:[0-9smhd]*){0,2})");

        /** The same, if nobody understands their values. */
        private static final Pattern MISTUNED = Pattern.compile("(backlog|fastopen|rcvbuf|sndbuf|so_keepalive)=.*");

        @Override
        public List<ServerSettings.Listen> read(Scope scope, Directive d, List<ServerSettings.Listen> former)
                throws ConfException {
            List<SocketAddress> addresses =
                    ListenAddress.parse(d, Reading.of(scope).surroundings());
            boolean isDefault = false;
            boolean ssl = false;
            boolean proxyProtocol = false;
            boolean http2 = false;
            boolean takesIpv4 = false;
            boolean isTuned = false;
            int backlog = -1;
            for (String parameter : d.args().subList(1, d.args().size())) {
                switch (parameter) {
                    case "default_server", "default" -> isDefault = true;
                    case "ssl" -> ssl = true;
                    case "proxy_protocol" -> proxyProtocol = true;
                    case "http2" -> http2 = true;
                    case "ipv6only=off" -> {
                        takesIpv4 = true;
                        isTuned = true;
                    }
                    default -> {
                        isTuned = true;
                        if (parameter.startsWith("backlog=")) {
                            backlog = Values.parseNumber(parameter.substring(8));
                        }
                        if (parameter.startsWith("backlog=")
                                ? backlog <= 0
                                : !TUNING.matcher(parameter).matches()) {
                            throw mistaken(d, parameter);
                        }
                    }
                }
            }
            List<ServerSettings.Listen> listens = former == null ? new ArrayList<>() : former;
            if (listens.size() + addresses.size() > MAX_LISTENS) {
                throw d.error("a server listens on more than " + MAX_LISTENS + " addresses");
            }
            for (SocketAddress address : addresses) {
                for (ServerSettings.Listen other : listens) {
                    if (other.address().equals(address)) {
                        throw d.error("a duplicate listen " + Addresses.text(address));
                    }
                }
                boolean isDual = takesIpv4
                        && address instanceof InetSocketAddress inet
                        && inet.getAddress() instanceof Inet6Address;
                listens.add(new ServerSettings.Listen(
                        address, isDefault, backlog, ssl, proxyProtocol, http2, isDual, isTuned, d));
            }
            return listens;
        }

        private static ConfException mistaken(Directive d, String parameter) {
            Matcher known = MISTUNED.matcher(parameter);
            if (!known.matches()) {
                return d.error("invalid parameter \"" + parameter + "\"");
            }
            String name = known.group(1);
            return d.error(
                    name.equals("so_keepalive")
                            ? "invalid so_keepalive value: \"" + parameter.substring(name.length() + 1) + "\""
                            : "invalid " + name + " \"" + parameter + "\"");
        }
    }

    /** Reads {@code server_name}. */
    private static final class Names implements ValueReader.Repeated<List<ServerSettings.Name>> {

        @Override
        public List<ServerSettings.Name> read(Scope scope, Directive d, List<ServerSettings.Name> former)
                throws ConfException {
            List<ServerSettings.Name> names = former == null ? new ArrayList<>() : former;
            for (String text : d.args()) {
                if (text.equals("~")) {
                    throw d.error("empty regex in server name \"~\"");
                }
                Regex pattern = text.startsWith("~")
                        ? Regex.compile(Reading.of(scope).groups(), d, text.substring(1), true)
                        : null;
                boolean wildcardInside = text.length() > 1
                        && pattern == null
                        && text.substring(1, text.length() - 1).contains("*");
                if (wildcardInside
                        || text.startsWith("*") && !text.startsWith("*.")
                        || text.equals("*.")
                        || text.equals(".")) {
                    throw d.error("server name \"" + text + "\" is invalid");
                }
                String name = pattern != null ? text : text.toLowerCase(Locale.ROOT);
                names.add(new ServerSettings.Name(name, pattern, d));
            }
            return names;
        }
    }
}
