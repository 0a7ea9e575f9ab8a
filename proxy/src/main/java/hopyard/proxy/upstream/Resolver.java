package hopyard.proxy.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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

    /** How long an answer is good for where {@code valid} does not say it: Java's client does not tell the TTL. */
    public static final long VALID_MILLIS = 10_000;

    /** A failure is worth asking again soon. */
    private static final long FAILURE_VALID_MILLIS = 1_000;

    private record Answer(CompletableFuture<List<InetAddress>> addresses, long until) {}

    private final List<String> servers;
    private final long validMillis;
    private final long timeoutMillis;
    private final boolean ipv6;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

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

    /**
     * The addresses of a name.
     *
     * @param executor does the asking, which blocks
     * @return completes exceptionally, with an {@link UnknownHostException}, if there are none
     */
    public CompletableFuture<List<InetAddress>> lookUp(String name, Executor executor) {
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        return answers.compute(name, (n, known) -> {
                    if (known != null && now < until(known)) {
                        return known;
                    }
                    CompletableFuture<List<InetAddress>> asked = new CompletableFuture<>();
                    executor.execute(() -> answer(n, asked));
                    return new Answer(asked, now + validMillis);
                })
                .addresses;
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
            throw new UnknownHostException("110: Operation timed out");
        }
        if (out.isEmpty()) {
            throw new UnknownHostException("3: Host not found");
        }
        return out;
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
