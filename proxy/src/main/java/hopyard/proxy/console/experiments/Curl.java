package hopyard.proxy.console.experiments;

import static java.nio.charset.StandardCharsets.UTF_8;

import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.console.experiments.Targets.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A request as a command line that sends the same bytes.
 *
 * @see <a href="https://curl.se/docs/manpage.html">curl(1)</a>
 */
final class Curl {

    /** The longest body that is written into the command, in bytes: the kernel takes 128 KiB for one argument. */
    private static final int MAX_INLINE = 64 << 10;

    /** From here on, older curls ask first whether a body is wanted. */
    private static final int EXPECTS = 1024;

    /** What localhost stands for. */
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]");

    private Curl() {}

    /** Whether a body is so long that the command reads it from a file. */
    static boolean isFromFile(byte[] content) {
        return content.length > MAX_INLINE;
    }

    /** One line for a POSIX shell. */
    static String of(OutgoingRequest request) {
        List<String> words = new ArrayList<>(List.of("curl", "-si"));
        if (request.target().isTls()) {
            request.target().tls().curl().forEach(each -> words.add(each.matches("[\\w/.-]+") ? each : quoted(each)));
        }
        String path = request.path();
        if (path.contains("/.")) {
            words.add("--path-as-is");
        }
        if (path.matches(".*[\\[\\]{}].*")) {
            words.add("-g");
        }
        boolean hasBody = request.content().length > 0 || request.first("Transfer-Encoding") != null;
        if (request.method().equals("HEAD")) {
            words.set(1, "-sI");
        } else if (!request.method().equals(hasBody ? "POST" : "GET")) {
            words.add("-X");
            words.add(request.method().matches("[A-Za-z]+") ? request.method() : quoted(request.method()));
        }
        fields(request, hasBody, words);
        String before = hasBody ? body(request.content(), words) : "";
        Target target = request.target();
        if (target.from() != null) {
            words.add("--interface");
            words.add(target.from().getHostAddress());
        }
        if (!leads(target)) {
            words.add("--connect-to");
            words.add(quoted("::" + target.address()));
        }
        words.add(quoted(target.scheme() + "://" + target.host() + path));
        return before + String.join(" ", words);
    }

    private static void fields(OutgoingRequest request, boolean hasBody, List<String> words) {
        for (Field field : request.fields()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            String value = field.value();
            boolean byItself =
                    name.equals("host") && value.equals(request.target().host())
                            || name.equals("accept") && value.equals("*/*")
                            || hasBody && name.equals("content-length")
                            || hasBody && name.equals("content-type") && value.equals(OutgoingRequest.FORM);
            if (!byItself) {
                words.add("-H");
                words.add(quoted(field.name() + (value.isEmpty() ? ";" : ": " + value)));
            }
        }
        for (String usual : List.of("User-Agent", "Accept")) {
            if (request.first(usual) == null) {
                words.add("-H");
                words.add(quoted(usual + ":"));
            }
        }
        if (hasBody && request.first("Content-Type") == null) {
            words.add("-H");
            words.add("'Content-Type:'");
        }
        if (request.content().length >= EXPECTS && request.first("Expect") == null) {
            words.add("-H");
            words.add("'Expect:'");
        }
    }

    /** Adds the body and returns what has to come before the command. */
    private static String body(byte[] content, List<String> words) {
        String text = new String(content, UTF_8);
        boolean isText = text.indexOf('\0') < 0 && Arrays.equals(text.getBytes(UTF_8), content);
        if (isText && !isFromFile(content)) {
            words.add("--data-raw");
            words.add(quoted(text));
            return "";
        }
        words.add("--data-binary");
        if (isFromFile(content)) {
            words.add("@body");
            return "";
        }
        words.add("@-");
        return "echo " + Base64.getEncoder().encodeToString(content) + " | base64 -d | ";
    }

    /**
     * Whether a URL with that host leads there without more ado: to the proxy by the name that whoever asks has used,
     * and to an app by an address or as localhost.
     */
    private static boolean leads(Target target) {
        if (target.way() == Targets.Way.PROXIED || target.host().equals(target.address())) {
            return true;
        }
        String name = Targets.name(target.host());
        return (name.equals("localhost") || name.endsWith(".localhost"))
                && LOOPBACK.contains(Targets.name(target.address()));
    }

    /** Any bytes: the shell writes them, and curl passes them on as they are. */
    static String raw(Target target, byte[] bytes) {
        StringBuilder out = new StringBuilder("{ printf '");
        for (byte b : bytes) {
            switch (b) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\\' -> out.append("\\\\");
                case '%' -> out.append("%%");
                case '\'' -> out.append("\\047");
                default ->
                    out.append(b >= ' ' && b < 0x7f ? String.valueOf((char) b) : String.format("\\%03o", b & 0xff));
            }
        }
        String from =
                target.from() == null ? "" : "--interface " + target.from().getHostAddress() + " ";
        return out + "'; sleep 1; } | "
                + (target.isTls() ? "openssl s_client -quiet -connect " : "curl -sN " + from + "telnet://")
                + target.address();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
