package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Meaning;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Directives that are read, and checked as far as their arguments go, and do nothing. */
final class AcceptedDirectives {

    private static final Scope.Key<Set<String>> KEY = new Scope.Key<>(HashSet::new);

    /** The smallest memory pool of nginx, in bytes. */
    private static final int MIN_POOL = 112;

    /** The smallest buffer for frames of nginx, in bytes. */
    private static final int MIN_HTTP2_BUFFER = 32;

    /** What obsolete directives have become. */
    private static final Map<String, String> SUCCESSORS = Map.of(
            "http2_idle_timeout", "keepalive_timeout",
            "http2_max_field_size", "large_client_header_buffers",
            "http2_max_header_size", "large_client_header_buffers",
            "http2_max_requests", "keepalive_requests",
            "http2_recv_timeout", "client_header_timeout");

    /** What the arguments of a directive must be. */
    enum Check {
        FLAG,
        NUMBER,
        /** A number that may be below zero. */
        SIGNED,
        SIZE,
        TIME,
        COUNT_AND_SIZE,
        EVENT_METHOD,
        ONLY_OFF,
        ANYTHING,
        /** Anything, and a level may have any number of lines. */
        REPEATED,
        /** A size of a memory pool. */
        POOL,
        /** A number that is a power of two. */
        POWER_OF_TWO,
        /** A size of a buffer for frames. */
        HTTP2_BUFFER,
        /** A path that may have variables, or {@code off}; a level may have any number of paths. */
        PUSH,
        /** A size that nginx ignores, too, on the systems where it runs. */
        IGNORED_SIZE,
        /** A size above which something is done, or {@code off}. */
        SIZE_OR_OFF,
        OPEN_FILE_CACHE,
        THREAD_POOL,
        AIO,
        DEBUG_POINTS,
        CPU_AFFINITY,
        /** Anything, in place of which another directive is meant; a level may have any number of lines. */
        OBSOLETE;

        private void check(Directive d) throws ConfException {
            switch (this) {
                case FLAG -> Values.flag(d);
                case NUMBER -> Values.number(d, 0);
                case SIGNED -> {
                    if (Values.parseNumber(d.arg(0).replaceFirst("^-", "")) < 0) {
                        throw d.directiveError("invalid number");
                    }
                }
                case SIZE, IGNORED_SIZE -> Values.size(d, 0);
                case SIZE_OR_OFF -> {
                    if (!d.arg(0).equals("off")) {
                        Values.offset(d, 0);
                    }
                }
                case POOL -> {
                    long size = Values.size(d, 0);
                    if (size < MIN_POOL) {
                        throw d.error("the pool size must be no less than " + MIN_POOL);
                    }
                    if (size % 16 != 0) {
                        throw d.error("the pool size must be a multiple of 16");
                    }
                }
                case POWER_OF_TWO -> {
                    if (Integer.bitCount(Values.number(d, 0)) != 1) {
                        throw d.directiveError("must be a power of two");
                    }
                }
                case HTTP2_BUFFER -> {
                    if (Values.size(d, 0) < MIN_HTTP2_BUFFER) {
                        throw d.directiveError("value is too small");
                    }
                }
                case TIME -> Values.millis(d, 0);
                case COUNT_AND_SIZE -> {
                    if (Values.parseNumber(d.arg(0)) <= 0) {
                        throw d.directiveError("invalid value");
                    }
                    Values.size(d, 1);
                }
                case EVENT_METHOD -> {
                    if (!Set.of("epoll", "poll", "select").contains(d.arg(0))) {
                        throw d.error("invalid event type \"" + d.arg(0) + "\"");
                    }
                }
                case OPEN_FILE_CACHE -> openFileCache(d);
                case THREAD_POOL -> threadPool(d);
                case AIO -> {
                    if (!d.arg(0).equals("off") && !d.arg(0).matches("threads(=.*)?")) {
                        throw d.arg(0).equals("on")
                                ? d.error("\"aio on\" is unsupported on this platform")
                                : d.directiveError("invalid value");
                    }
                }
                case DEBUG_POINTS -> Values.word(d, d.arg(0), Set.of("stop", "abort"));
                case CPU_AFFINITY -> {
                    for (String mask : d.args()
                            .subList(d.arg(0).equals("auto") ? 1 : 0, d.args().size())) {
                        String other = mask.replaceAll("[01 ]", "");
                        if (!other.isEmpty()) {
                            throw d.error("invalid character \"" + other.charAt(other.length() - 1)
                                    + "\" in \"worker_cpu_affinity\"");
                        }
                    }
                }
                case ONLY_OFF -> {
                    if (!d.arg(0).equals("off")) {
                        throw d.error("\"" + d.name() + " " + d.arg(0) + "\" is not supported by hopyard");
                    }
                }
                default -> {
                    // every argument is right
                }
            }
        }

        private static void openFileCache(Directive d) throws ConfException {
            boolean hasMax = false;
            boolean isOff = false;
            for (String each : d.args()) {
                boolean isMax = each.startsWith("max=");
                isOff |= each.equals("off");
                if (isMax && Values.parseNumber(each.substring(4)) <= 0
                        || each.startsWith("inactive=") && Values.parseSeconds(each.substring(9)) < 0
                        || !isMax && !each.startsWith("inactive=") && !each.equals("off")) {
                    throw d.error("invalid \"open_file_cache\" parameter \"" + each + "\"");
                }
                hasMax |= isMax;
            }
            if (!hasMax && !isOff) {
                throw d.error("\"open_file_cache\" must have the \"max\" parameter");
            }
        }

        private static void threadPool(Directive d) throws ConfException {
            boolean hasThreads = false;
            for (String each : d.args().subList(1, d.args().size())) {
                if (each.startsWith("threads=")) {
                    hasThreads = true;
                    if (Values.parseNumber(each.substring(8)) <= 0) {
                        throw d.error("invalid threads value \"" + each + "\"");
                    }
                } else if (each.startsWith("max_queue=") && Values.parseNumber(each.substring(10)) < 0) {
                    throw d.error("invalid max_queue value \"" + each + "\"");
                }
            }
            if (!hasThreads) {
                throw d.error("\"thread_pool\" must have \"threads\" parameter");
            }
        }
    }

    private final List<Command> commands = new ArrayList<>();

    List<Command> commands() {
        return commands;
    }

    /**
     * Accepts some directives.
     *
     * @param table a line for each directive: its name, its default, and its meaning
     */
    void add(String page, Set<Context> contexts, Check check, int min, int max, String table) {
        for (String line : table.split("\n")) {
            int first = line.indexOf('|');
            int second = line.indexOf('|', first + 1);
            String name = line.substring(0, first).strip();
            Meaning meaning = new Meaning(
                    line.substring(first + 1, second).strip(),
                    line.substring(second + 1).strip(),
                    Meaning.IGNORED,
                    page);
            commands.add(new Command.Declared(name, contexts, min, max, false, setter(name, check), meaning));
        }
    }

    private static void push(Scope scope, Directive d) throws ConfException {
        String off = d.name() + " off";
        Set<String> said = scope.get(KEY);
        if (!d.arg(0).equals("off")) {
            if (said.contains(off)) {
                throw d.directiveError("URI cannot be used with \"off\" parameter");
            }
            Build.of(scope).template(d.arg(0), d);
            said.add(d.name());
        } else if (said.contains(d.name())) {
            throw d.directiveError("\"off\" parameter cannot be used with URI");
        } else if (!said.add(off)) {
            throw d.directiveError("is duplicate");
        }
    }

    private static Command.Setter setter(String name, Check check) {
        return (loader, scope, d) -> {
            if (check == Check.PUSH) {
                push(scope, d);
                return;
            }
            boolean isRepeated = check == Check.REPEATED || check == Check.OBSOLETE || check == Check.THREAD_POOL;
            if (!isRepeated && !scope.get(KEY).add(name)) {
                throw d.directiveError("is duplicate");
            }
            check.check(d);
            if (check == Check.THREAD_POOL && !Build.of(scope).names(name).add(d.arg(0))) {
                throw d.error("duplicate thread pool \"" + d.arg(0) + "\"");
            }
            if (check == Check.IGNORED_SIZE) {
                Build.of(scope).warn("\"" + name + "\" is not supported, ignored in " + d.place());
            } else if (check == Check.OBSOLETE) {
                Build.of(scope)
                        .warn("the \"" + name + "\" directive is obsolete, use the \"" + SUCCESSORS.get(name)
                                + "\" directive instead in " + d.place());
            }
        };
    }
}
