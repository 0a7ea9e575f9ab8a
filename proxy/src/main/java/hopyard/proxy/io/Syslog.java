package hopyard.proxy.io;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A syslog server that lines are sent to, one in a datagram (RFC 3164, RFC 5426).
 *
 * @see <a href="https://nginx.org/en/docs/syslog.html">Logging to syslog</a>
 */
public final class Syslog implements LogOutput {

    /** What a value of {@code access_log} or {@code error_log} begins with if it names a syslog server. */
    public static final String PREFIX = "syslog:";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH);

    private static final List<String> FACILITIES =
            List.of(("kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron "
                            + "local0 local1 local2 local3 local4 local5 local6 local7")
                    .split(" "));

    private static final List<String> SEVERITIES =
            List.of("emerg", "alert", "crit", "error", "warn", "notice", "info", "debug");

    private static final int USUAL_PORT = 514;

    private static final int MAX_TAG = 32;

    /** {@code null} for a UNIX-domain socket, which nothing is sent to. */
    private final InetSocketAddress server;

    private final int facility;
    /** {@code null} for that of each line. */
    private final Integer severity;
    /** The host's name and the tag, as they stand in a message. */
    private final String sender;

    private DatagramChannel channel;
    private boolean reportedFailure;

    private Syslog(InetSocketAddress server, int facility, Integer severity, String sender) {
        this.server = server;
        this.facility = facility;
        this.severity = severity;
        this.sender = sender;
    }

    /**
     * Returns the server that a directive names in its first argument.
     *
     * @param hasSeverity whether a line has the severity that is named there, and not that of its level
     * @param warn is told what cannot be done
     */
    public static Syslog of(Directive d, boolean hasSeverity, Surroundings surroundings, Consumer<String> warn)
            throws ConfException {
        Map<String, String> said = new HashMap<>();
        for (String parameter : d.arg(0).substring(PREFIX.length()).split(",", -1)) {
            String name = parameter.replaceFirst("=.*", "");
            boolean isKnown = name.equals("nohostname")
                    ? parameter.equals(name)
                    : parameter.contains("=")
                            && List.of("server", "facility", "severity", "tag").contains(name);
            if (!isKnown) {
                throw d.error("unknown syslog parameter \"" + parameter + "\"");
            }
            if (said.put(name, parameter.substring(Math.min(name.length() + 1, parameter.length()))) != null) {
                throw d.error("duplicate syslog \"" + name + "\"");
            }
        }
        int facility = known("facility", FACILITIES, said.getOrDefault("facility", "local7"), d);
        int severity = known("severity", SEVERITIES, said.getOrDefault("severity", "info"), d);
        String tag = said.getOrDefault("tag", "nginx");
        if (tag.length() > MAX_TAG) {
            throw d.error("syslog tag length exceeds " + MAX_TAG);
        }
        if (!tag.matches("[0-9A-Za-z_]*")) {
            throw d.error("syslog \"tag\" only allows alphanumeric characters and underscore");
        }
        if (!said.containsKey("server")) {
            throw d.error("no syslog server specified");
        }
        String host = said.containsKey("nohostname") ? "" : Hostname.VALUE.toLowerCase(Locale.ROOT) + " ";
        InetSocketAddress server = address(said.get("server"), d, surroundings, warn);
        return new Syslog(server, facility, hasSeverity ? severity : null, host + tag + ": ");
    }

    private static int known(String what, List<String> all, String name, Directive d) throws ConfException {
        if (!all.contains(name)) {
            throw d.error("unknown syslog " + what + " \"" + name + "\"");
        }
        return all.indexOf(name);
    }

    private static InetSocketAddress address(String text, Directive d, Surroundings surroundings, Consumer<String> warn)
            throws ConfException {
        String of = " in syslog server \"" + text + "\"";
        if (text.startsWith("unix:")) {
            UnixAddress.of(text, of, d);
            warn.accept("Java has no datagrams of UNIX-domain sockets: nothing is sent to \"" + text
                    + "\", name a server" + " by its address in " + d.place());
            return null;
        }
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > text.lastIndexOf(']');
        String host = hasPort ? text.substring(0, colon) : text;
        int port = hasPort ? port(text.substring(colon + 1)) : USUAL_PORT;
        if (host.isEmpty()) {
            throw d.error("no host" + of);
        }
        if (port == 0) {
            throw d.error("invalid port" + of);
        }
        try {
            String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            List<InetAddress> found = surroundings.lookUp(plain);
            return new InetSocketAddress(found.get(0), port);
        } catch (UnknownHostException e) {
            throw d.error("host not found" + of);
        }
    }

    private static int port(String text) {
        int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
        return port > 65535 ? 0 : port;
    }

    @Override
    public void append(int own, String line) {
        if (server == null) {
            return;
        }
        String message = "<" + (facility * 8 + (severity == null ? own : severity)) + ">"
                + TIME.format(LocalDateTime.now()) + " " + sender + line;
        LogWriter.run(() -> send(ByteBuffer.wrap(message.getBytes(StandardCharsets.ISO_8859_1))));
    }

    /** Sends a message. A socket that has failed is closed, and the next message gets another one. */
    private void send(ByteBuffer message) {
        try {
            if (channel == null) {
                channel = DatagramChannel.open().connect(server);
            }
            channel.write(message);
            reportedFailure = false;
        } catch (IOException e) {
            close();
            // reported once per outage, as with a file
            if (!reportedFailure) {
                reportedFailure = true;
                System.err.println("nginx: [alert] send() to syslog failed (" + SystemErrors.text(e) + ")");
            }
        }
    }

    private void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            System.err.println("nginx: [alert] closing a socket to syslog failed (" + SystemErrors.text(e) + ")");
        }
        channel = null;
    }
}
