package hopyard.proxy.fuzz;

import hopyard.http.MalformedFraming;
import hopyard.proxy.conf.Block;
import hopyard.proxy.conf.Bounds;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.ConfParser;
import hopyard.proxy.conf.Fence;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.io.Escape;
import hopyard.proxy.io.ForwardedClient;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.upstream.ChunkedDecoder;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import hopyard.trace.TraceParent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a fuzzer calls with whatever it comes up with: each parser that reads what strangers wrote. A mistake in the
 * input has to be reported as such; any other exception, and any answer that contradicts itself, is a find.
 */
public final class Targets {

    private static final Path DIRECTORY = Path.of("").toAbsolutePath();

    private Targets() {}

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.ISO_8859_1);
    }

    private static void check(boolean isRight, String what) {
        if (!isRight) {
            throw new IllegalStateException(what);
        }
    }

    /** The text of nginx.conf. */
    public static final class Conf {
        private Conf() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            Surroundings nothing = new Fence(Files.createDirectories(DIRECTORY.resolve("empty")), Set.of());
            Path file = DIRECTORY.resolve("empty/nginx.conf");
            Block block = new ConfParser(file.getParent(), nothing, Bounds.ofHeap()).parseText(file, text(data));
            check(block.brokenOff() == null || !block.brokenOff().getMessage().isEmpty(), "a mistake is named");
        }
    }

    /**
     * nginx.conf with the files that it includes, loaded whole: the parts of the input are separated by a byte 0xff.
     */
    public static final class Load {
        private static final Path HERE = DIRECTORY.resolve("load");

        private Load() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            String[] parts = text(data).split("\u00ff", 3);
            Files.createDirectories(HERE);
            for (int i = 1; i < 3; i++) {
                Files.writeString(
                        HERE.resolve("ab".substring(i - 1, i)),
                        i < parts.length ? parts[i] : "",
                        StandardCharsets.ISO_8859_1);
            }
            try {
                new ConfigurationLoader(Modules.all(), HERE, HERE.resolve("nginx.conf"), "", "stderr")
                        .test(parts[0], Set.of());
            } catch (ConfException e) {
                check(!e.getMessage().startsWith("internal error"), e.getMessage());
                check(e.getMessage().chars().noneMatch(c -> c < ' '), "one line");
            }
            try (Stream<Path> files = Files.list(HERE)) {
                check(files.count() == 2, "nothing was made");
            }
        }
    }

    /** A response's head: the same, whatever head came before it. */
    public static final class Response {
        private static final ResponseHead USED = new ResponseHead();

        private Response() {}

        public static void fuzzerTestOneInput(byte[] data) {
            int end = ResponseHead.end(ByteBuffer.wrap(data), 0);
            if (end < 0) {
                return;
            }
            ResponseHead fresh = new ResponseHead();
            String mistake = fresh.parse(ByteBuffer.wrap(data), end);
            String again = USED.parse(ByteBuffer.wrap(data), end);
            check(mistake == null == (again == null), mistake + " and " + again);
            if (mistake == null) {
                check(fresh.status() == USED.status() && fresh.count() == USED.count(), "the same head");
                for (int i = 0; i < fresh.count(); i++) {
                    check(fresh.name(i).equals(USED.name(i)) && fresh.value(i).equals(USED.value(i)), "the same field");
                    check(fresh.value(i).chars().noneMatch(c -> c == '\r' || c == '\n' || c == 0), "one line");
                }
            }
        }
    }

    /** Chunked content: the same, wherever its bytes are split. */
    public static final class Chunks {
        private Chunks() {}

        public static void fuzzerTestOneInput(byte[] data) {
            String whole = decode(data, data.length);
            for (int split = 1; split < Math.min(data.length, 16); split++) {
                check(whole.equals(decode(data, split)), "the same content, split at " + split);
            }
        }

        private static String decode(byte[] data, int split) {
            ChunkedDecoder decoder = new ChunkedDecoder();
            StringBuilder content = new StringBuilder();
            try {
                for (int[] part : new int[][] {{0, split}, {split, data.length}}) {
                    ByteBuffer buffer = ByteBuffer.wrap(Arrays.copyOfRange(data, part[0], part[1]));
                    decoder.decode(buffer);
                    content.append(StandardCharsets.ISO_8859_1.decode(buffer));
                }
            } catch (MalformedFraming e) {
                // content before the mistake is not delivered, and where it begins depends on the split
                return "malformed";
            }
            return content.toString() + decoder.isDone() + decoder.trailers();
        }
    }

    /** Hop-Trace: what is written of what was read is read as the same. */
    public static final class HopTraces {
        private HopTraces() {}

        public static void fuzzerTestOneInput(byte[] data) {
            HopTrace.parse(text(data)).ifPresent(hops -> {
                String written = HopTrace.format(hops);
                check(written.chars().allMatch(c -> c >= ' ' && c < 0x7f), "plain text: " + written);
                List<Hop> again = HopTrace.parse(written).orElse(null);
                check(hops.isEmpty() || again != null, "readable: " + written);
                check(hops.isEmpty() || HopTrace.format(again).equals(written), "the same: " + written);
            });
        }
    }

    /** traceparent. */
    public static final class TraceParents {
        private TraceParents() {}

        public static void fuzzerTestOneInput(byte[] data) {
            TraceParent.parse(text(data))
                    .ifPresent(parent -> check(
                            TraceParent.parse(parent.next().toString()).isPresent(), "continued: " + parent.next()));
        }
    }

    /** X-Forwarded-For and Forwarded. */
    public static final class Forwarded {
        private Forwarded() {}

        public static void fuzzerTestOneInput(byte[] data) {
            ForwardedClient.parse(text(data));
            ForwardedClient.find(List.of(text(data)), List.of(), true);
        }
    }

    /** The path of a request: normalized, it stays below the root, and normalizing it again changes nothing. */
    public static final class RequestPath {
        private RequestPath() {}

        public static void fuzzerTestOneInput(byte[] data) {
            // nothing else comes past the request line
            boolean isPossible = text(data).chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#');
            String uri = isPossible ? RequestTarget.normalize(text(data), true) : null;
            if (uri != null) {
                check(uri.startsWith("/"), "a path: " + uri);
                check(!(uri + "/").contains("/../"), "below the root: " + uri);
                check(uri.indexOf('\0') < 0, "no NUL");
                check(uri.equals(RequestTarget.normalize(Escape.URI.apply(uri), true)), "the same again: " + uri);
            }
        }
    }
}
