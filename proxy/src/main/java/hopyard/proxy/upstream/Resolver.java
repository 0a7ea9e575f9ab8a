package hopyard.proxy.upstream;

import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * Asks name servers for addresses while the proxy runs, and remembers the answers for a while.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver">resolver</a>
 */
public final class Resolver {

    /** How long an answer is good for if {@code valid} does not say so, in ms. Java's client does not tell the TTL. */
    public static final long VALID_MILLIS = 10_000;

    /** How long a failure is remembered, in ms: it is worth asking again soon. */
    private static final long FAILURE_VALID_MILLIS = 1_000;

    /**
     * How many names are remembered, and how many may wait to be asked for. There is a limit because clients may choose
     * the names ({@code proxy_pass http://$host}).
     */
    private static final int MAX_NAMES = 1000;

    /** How many questions are under way at once. */
    private static final int MAX_THREADS = 8;

    /** The names that are looked up; JNDI would read some others as URLs of its own. */
    private static final Pattern NAME = Pattern.compile("(?=.{1,254}$)[\\w-]{1,63}(\\.[\\w-]{1,63})*\\.?");

    /** How Java's client says what a name server has answered (RFC 1035 §4.1.1). */
    private static final Pattern RESPONSE_CODE = Pattern.compile("\\[response code ([0-9]+)]");

    private static final Executor ASKING = asking();

    private record Answer(CompletableFuture<List<InetAddress>> addresses, long until) {}

    private final List<String> servers;
    private final long validMillis;
    private final long timeoutMillis;
    private final boolean ipv6;
    /** By name in lower case; the one that was asked for longest ago comes first. */
    private final Map<String, Answer> answers = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > MAX_NAMES;
        }
    };

    /**
     * @param servers {@code host:port} of the name servers
     * @param ipv6 whether IPv6 addresses are asked for
     */
    public Resolver(List<String> servers, long validMillis, long timeoutMillis, boolean ipv6) {
        this.servers = List.copyOf(servers);
        this.validMillis = validMillis;
        this.timeoutMillis = timeoutMillis;
        this.ipv6 = ipv6;
    }

    /** How long an answer is good for, in ms. */
    public long validMillis() {
        return validMillis;
    }

    /** Returns threads for asking. Asking blocks, and a name server that is silent must not hold up other work. */
    private static Executor asking() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                MAX_THREADS, MAX_THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_NAMES), task -> {
                    Thread thread = new Thread(task, "resolver");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Looks up the addresses of a name.
     *
     * @return completes exceptionally, with an {@link UnknownHostException}, if there are none
     */
    public CompletableFuture<List<InetAddress>> lookUp(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!NAME.matcher(lower).matches()) {
            return CompletableFuture.failedFuture(new UnknownHostException("3: Host not found"));
        }
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        CompletableFuture<List<InetAddress>> asked = new CompletableFuture<>();
        synchronized (answers) {
            Answer known = answers.get(lower);
            if (known != null && now < until(known)) {
                return known.addresses;
            }
            answers.remove(lower);
            answers.put(lower, new Answer(asked, now + validMillis));
        }
        try {
            ASKING.execute(() -> answer(lower, asked));
        } catch (RejectedExecutionException e) {
            asked.completeExceptionally(new UnknownHostException("110: Operation timed out"));
        }
        return asked;
    }

    private long until(Answer answer) {
        return answer.addresses.isCompletedExceptionally()
                ? answer.until - validMillis + FAILURE_VALID_MILLIS
                : answer.until;
    }

    private void answer(String name, CompletableFuture<List<InetAddress>> asked) {
        try {
            asked.complete(ask(name));
        } catch (UnknownHostException | RuntimeException e) {
            asked.completeExceptionally(e);
        }
    }

    /** Asks and waits. */
    List<InetAddress> ask(String name) throws UnknownHostException {
        Hashtable<String, String> settings = new Hashtable<>();
        settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        settings.put(Context.PROVIDER_URL, "dns://" + String.join(" dns://", servers));
        settings.put("com.sun.jndi.dns.timeout.initial", Long.toString(Math.max(100, timeoutMillis / 4)));
        settings.put("com.sun.jndi.dns.timeout.retries", "2");
        List<InetAddress> out = new ArrayList<>();
        try {
            DirContext context = new InitialDirContext(settings);
            try {
                // one question at a time: for two types together, Java would ask for any, which many servers refuse
                add(out, context, name, "A");
                if (ipv6) {
                    add(out, context, name, "AAAA");
                }
            } finally {
                context.close();
            }
        } catch (NameNotFoundException e) {
            throw new UnknownHostException("3: Host not found");
        } catch (NamingException e) {
            throw new UnknownHostException(failure(e));
        }
        if (out.isEmpty()) {
            throw new UnknownHostException("3: Host not found");
        }
        return out;
    }

    /** Returns what is wrong, in nginx's words. */
    private static String failure(NamingException e) {
        if (e.getRootCause() instanceof PortUnreachableException) {
            return "111: Connection refused";
        }
        Matcher code = RESPONSE_CODE.matcher(String.valueOf(e.getMessage()));
        return switch (code.find() ? code.group(1) : "") {
            case "1" -> "1: Format error";
            case "2" -> "2: Server failure";
            case "4" -> "4: Unimplemented";
            case "5" -> "5: Operation refused";
            default -> "110: Operation timed out";
        };
    }

    private static void add(List<InetAddress> out, DirContext context, String name, String type)
            throws NamingException, UnknownHostException {
        String full = name.endsWith(".") ? name : name + ".";
        Attribute found = context.getAttributes(full, new String[] {type}).get(type);
        for (int i = 0; found != null && i < found.size(); i++) {
            // the answer is a literal address, so nothing is looked up
            out.add(InetAddress.getByName((String) found.get(i)));
        }
    }
}
