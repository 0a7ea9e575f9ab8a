package hopyard.proxy.nginx;

import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What an error log says about connections and requests, without what differs by nature: times, processes, numbers. */
final class ErrorLines {

    private static final Pattern LINE =
            Pattern.compile("[0-9/]+ [0-9:]+ (\\[[a-z]+]) [0-9]+#[0-9]+: (?:\\*[0-9]+ )?(.*)", Pattern.DOTALL);

    /** What is said of the connection with which the test finds out that the server listens. */
    private static final Pattern PROBE =
            Pattern.compile("client closed connection while (waiting for request|SSL handshaking)");

    /** How much of a line is compared: a long one is cut at a place that depends on the number of the process. */
    private static final int MAX_LENGTH = 1900;

    /** A temporary file's number. */
    private static final Pattern NUMBERED = Pattern.compile("/[0-9]{10}\\b|(?<= temporary file )[^ ,]*");

    private ErrorLines() {}

    /** Returns the lines, once there are as many as are wanted, or some time has passed in vain. */
    static String read(Path log, int wanted) throws IOException {
        long since = System.nanoTime();
        Wait.until("lines", () -> all(log).size() >= wanted || System.nanoTime() - since > 2_000_000_000L);
        return all(log).stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static List<String> all(Path log) throws IOException {
        List<String> out = new ArrayList<>();
        if (!Files.exists(log)) {
            // the configuration has its log elsewhere
            return out;
        }
        for (String each : Files.readString(log, StandardCharsets.ISO_8859_1).split("\n")) {
            Matcher line = LINE.matcher(each);
            if (!line.matches()) {
                // nginx writes a client's line feeds as they are
                int last = out.size() - 1;
                if (last >= 0 && !each.isEmpty()) {
                    out.set(last, out.get(last) + "\\x0A" + visible(each));
                }
            } else if (each.contains(": *") && !PROBE.matcher(line.group(2)).lookingAt()) {
                String text = line.group(1) + " "
                        + NUMBERED.matcher(visible(line.group(2))).replaceAll("/NUMBER");
                out.add(text.substring(0, Math.min(text.length(), MAX_LENGTH)));
            }
        }
        return out;
    }

    /** Hopyard shows control characters, so that nobody can forge a line. */
    private static String visible(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c < ' ' ? "\\x%02X".formatted(c) : Character.toString(c)));
        return out.toString();
    }
}
