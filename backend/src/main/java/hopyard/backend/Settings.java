package hopyard.backend;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.django.DjangoSettings;
import hopyard.backend.django.Setting;
import hopyard.backend.django.Setting.Invalid;
import hopyard.backend.traces.TraceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the environment says: what this server needs to know, and Django's settings.
 *
 * @param proxyPort where on this machine the proxy in front is to be found, which only who has started both can know; 0
 *     if nobody says so
 * @param database {@code null} if there is to be none
 * @param traces {@code null} if none are exported
 */
record Settings(
        String bind,
        int port,
        Path staticRoot,
        int proxyPort,
        String hopName,
        Serving serving,
        DatabaseSettings database,
        TraceSettings traces,
        DjangoSettings django) {

    private static final Setting<String> BIND = Setting.of(
            "BIND",
            "0.0.0.0",
            "the address to listen on; 127.0.0.1 can be reached from this machine only",
            (name, text) -> text);
    private static final Setting<Integer> PORT = Setting.of("PORT", "8000", "the port to listen on", Settings::port);
    private static final Setting<String> SHARE = Setting.of(
            "SHARE",
            "127.0.0.1",
            "the address at which docker-compose.yml publishes: a host that is allowed; all are, for a wildcard",
            (name, text) -> text.matches("0\\.0\\.0\\.0|\\[?::]?") ? "*" : text);
    private static final Setting<Path> STATIC_ROOT =
            Setting.of("STATIC_ROOT", "backend/static", "the directory behind /static/", Settings::directory);
    private static final Setting<Integer> PROXY_PORT =
            Setting.of("PROXY_PORT", "", "where on this machine the proxy is, for the first page", Settings::proxyPort);
    private static final Setting<String> HOP_NAME =
            Setting.of("HOP_NAME", "app", "what this hop calls itself in Hop-Trace", Settings::hopName);

    private static final List<Setting<?>> OWN =
            List.of(BIND, PORT, SHARE, STATIC_ROOT, PROXY_PORT, HOP_NAME, Shutdown.DELAY);

    /** The hosts that are allowed where nobody says which: this machine's names. */
    private static final List<String> OF_THIS_MACHINE = List.of("localhost", ".localhost", "127.0.0.1", "[::1]");

    static Settings from(Map<String, String> environment) throws Invalid {
        Map<String, String> django = new HashMap<>(environment);
        django.putIfAbsent(DjangoSettings.ALLOWED_HOSTS.name(), hosts(SHARE.read(environment)));
        return new Settings(
                BIND.read(environment),
                PORT.read(environment),
                STATIC_ROOT.read(environment),
                PROXY_PORT.read(environment),
                HOP_NAME.read(environment),
                Serving.from(environment),
                DatabaseSettings.from(environment),
                TraceSettings.from(environment, HOP_NAME.read(environment)),
                DjangoSettings.from(django));
    }

    /** Returns this machine's names, and the address at which it is shared. */
    private static String hosts(String shared) {
        return Stream.concat(OF_THIS_MACHINE.stream(), Stream.of(shared))
                .distinct()
                .collect(Collectors.joining(","));
    }

    /** Returns a text for who asks what there is to set. */
    static String help() {
        StringBuilder out = new StringBuilder("""
                Usage: java -jar hopyard-backend.jar [--help]

                The settings are environment variables. Lists have commas; true and false are written so.

                """);
        OWN.forEach(each -> describe(out, each));
        out.append("\nThose of the server, with gunicorn's names and defaults (docs/django.md):\n\n");
        Serving.all().forEach(each -> describe(out, each));
        out.append("\nThe database's (docs/database.md):\n\n");
        DatabaseSettings.all().forEach(each -> describe(out, each));
        out.append("\nOpenTelemetry's, with its names (docs/opentelemetry-app.md):\n\n");
        TraceSettings.all().forEach(each -> describe(out, each));
        out.append("\nDjango's, with Django's names and defaults (docs/django.md):\n\n");
        DjangoSettings.all().forEach(each -> describe(out, each));
        return out.toString();
    }

    private static void describe(StringBuilder out, Setting<?> setting) {
        String byDefault = setting.byDefault().isEmpty() ? "" : " (default " + setting.byDefault() + ")";
        out.append(String.format("  %-34s %s%s%n", setting.name(), setting.meaning(), byDefault));
    }

    private static Integer port(String name, String text) throws Invalid {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65535) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from 0 to 65535");
        }
        return Integer.valueOf(text);
    }

    private static Integer proxyPort(String name, String text) throws Invalid {
        // docker-compose.yml takes a range, too: then Docker chooses, and does not tell
        if (!text.matches("|[0-9]{1,5}(-[0-9]{1,5})?")) {
            throw new Invalid(name + " is \"" + text + "\", but must be the number of a port, or empty");
        }
        return text.matches("[0-9]+") ? Integer.parseInt(text) : 0;
    }

    private static Path directory(String name, String text) throws Invalid {
        if (!Files.isDirectory(Path.of(text))) {
            throw new Invalid(
                    name + " is \"" + text + "\", but must be a directory: backend/static of Hopyard, for one");
        }
        return Path.of(text);
    }

    private static String hopName(String name, String text) throws Invalid {
        if (!text.matches("[A-Za-z][A-Za-z0-9._-]*")) {
            throw new Invalid(name + " is \"" + text + "\", but must be a letter, then letters, digits, . _ or -");
        }
        return text;
    }
}
