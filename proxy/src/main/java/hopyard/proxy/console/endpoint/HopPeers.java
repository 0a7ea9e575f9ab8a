package hopyard.proxy.console.endpoint;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.server.Reading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The consoles of other proxies, as {@code hop_peers} says where they are.
 *
 * @param consoles where; nothing is looked up before somebody asks
 * @param authorization what they are told in Authorization; {@code null} for nothing
 */
public record HopPeers(Directive directive, List<Place> consoles, String authorization) {

    /**
     * Where a console is, or several that are the same but for the address.
     *
     * @param host a name, which stands for all of its addresses, or an address, in brackets if it is IPv6
     * @param path what its location is called; empty for the same as here
     */
    public record Place(String host, int port, String path) {}

    private static final Pattern URL =
            Pattern.compile("http://([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+])(?::([0-9]{1,5}))?((?:/[!$-.0->@-~]*)*/)?");

    private static final int MAX_PASSWORD = 1024;

    /** Reads the directive: URLs, and {@code password=FILE}, in which {@code user:password} is to stand. */
    public static HopPeers read(Scope scope, Directive d, HopPeers former) throws ConfException {
        List<Place> consoles = new ArrayList<>();
        String authorization = null;
        for (int i = 0; i < d.args().size(); i++) {
            if (d.arg(i).startsWith("password=")) {
                authorization = "Basic " + encoded(password(scope, d, d.arg(i).substring("password=".length())));
            } else {
                consoles.add(place(d, d.arg(i)));
            }
        }
        if (consoles.isEmpty()) {
            throw d.error("no consoles defined in \"hop_peers\"");
        }
        return new HopPeers(d, consoles, authorization);
    }

    private static Place place(Directive d, String text) throws ConfException {
        Matcher url = URL.matcher(text);
        int port = !url.matches() ? 0 : url.group(2) == null ? 80 : Integer.parseInt(url.group(2));
        if (port < 1 || port > 65535) {
            throw d.error("invalid URL \"" + text + "\" in \"hop_peers\", it must be like http://HOST:PORT/PATH/");
        }
        return new Place(url.group(1), port, url.group(3) == null ? "" : url.group(3));
    }

    private static String password(Scope scope, Directive d, String name) throws ConfException {
        Path file = Paths.under(Reading.of(scope).configurationDirectory(), name, d);
        try {
            String text = Reading.of(scope).surroundings().readOnce(file, MAX_PASSWORD);
            String line = text.lines().findFirst().orElse("");
            if (!line.matches("[^:]+:.+")) {
                throw d.error("\"" + name + "\" must have one line, user:password");
            }
            return line;
        } catch (IOException e) {
            throw d.error(SystemErrors.open(file.toString(), e));
        }
    }

    private static String encoded(String credentials) {
        return Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The same, with a path for those that say none. */
    public HopPeers in(String path) {
        String whole = path.endsWith("/") ? path : path + "/";
        return new HopPeers(
                directive,
                consoles.stream()
                        .map(each -> each.path.isEmpty() ? new Place(each.host, each.port, whole) : each)
                        .toList(),
                authorization);
    }
}
