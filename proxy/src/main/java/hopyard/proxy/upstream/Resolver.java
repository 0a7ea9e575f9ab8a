package hopyard.proxy.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Asks name servers for addresses while the proxy runs, and remembers the answers for as long as they are good. Its
 * state lives on {@link ResolverThread}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver">resolver</a>
 */
public final class Resolver {

    /** After how long a question is sent again, to the next server, in ms, as in nginx. */
    private static final long RESEND_MILLIS = 5_000;

    /** How long it counts that there is no such name, if {@code valid} does not say so, in ms. */
    private static final long FAILURE_MILLIS = 10_000;

    /**
     * How many names are remembered, and how many may wait to be asked for. There is a limit because clients may choose
     * the names ({@code proxy_pass http://$host}).
     */
    private static final int MAX_NAMES = 1000;

    /** How many names may stand for one another in a row, as in nginx. */
    private static final int MAX_RECURSION = 50;

    /** What is asked for if a request names it; what a name stands for may have other characters. */
    private static final Pattern NAME = Pattern.compile("[\\w.-]+");

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * How names are looked up.
     *
     * @param validMillis how long an answer is good for; 0 for as long as it says itself
     * @param timeoutMillis how long to wait for an answer
     * @param ipv4 whether IPv4 addresses are asked for
     * @param ipv6 whether IPv6 addresses are asked for
     */
    public record Settings(
            List<InetSocketAddress> servers, long validMillis, long timeoutMillis, boolean ipv4, boolean ipv6) {}

    /**
     * The addresses of a name.
     *
     * @param validMillis how long they are good for yet, in ms
     */
    public record Answer(List<InetAddress> addresses, long validMillis) {}

    /** Somebody who waits for the addresses of a name. */
    private final class Request {
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private int recursion;
        private ResolverThread.Timer timer;

        void startTimer() {
            if (timer == null && settings.timeoutMillis > 0) {
                timer = ResolverThread.get().after(settings.timeoutMillis, () -> {
                    names.values().forEach(each -> each.waiting.remove(this));
                    fail(ResolveFailure.timedOut());
                    closeIfIdle();
                });
            }
        }

        private void stopTimer() {
            if (timer != null) {
                timer.cancel();
            }
        }

        void complete(Answer its) {
            stopTimer();
            answer.complete(its);
        }

        void fail(ResolveFailure failure) {
            stopTimer();
            answer.completeExceptionally(failure);
        }
    }

    /** A question for one type of address. */
    private static final class Question {
        private final int id = RANDOM.nextInt(1 << 16);
        private final byte[] message;
        private boolean overTcp;
        /** {@code null} while there is no answer. */
        private List<InetAddress> addresses;

        Question(String name, int type) {
            message = DnsMessage.question(id, name, type);
        }
    }

    /** What is known of a name. */
    private final class Name {
        private final String name;
        private final List<Request> waiting = new ArrayList<>();
        /** {@code null} if this type is not asked for. */
        private final Question four;

        private final Question six;
        private int server;
        private int code;
        private long ttlMillis = Long.MAX_VALUE;
        /** On the scale of {@link System#nanoTime()}; counts only if {@link #isKnown}. */
        private long validUntil;

        private boolean isKnown;
        /** The name that it stands for; {@code null} for none. */
        private String cname;

        private ResolverThread.Timer resend;

        Name(String name) {
            this.name = name;
            four = settings.ipv4 ? new Question(name, DnsMessage.A) : null;
            six = settings.ipv6 ? new Question(name, DnsMessage.AAAA) : null;
        }

        private Question question(int type) {
            return type == DnsMessage.A ? four : six;
        }

        private static List<InetAddress> addresses(Question question) {
            return question == null || question.addresses == null ? List.of() : question.addresses;
        }

        private boolean isAnswered() {
            return (four == null || four.addresses != null) && (six == null || six.addresses != null);
        }

        private boolean isValid(long now) {
            return isKnown && validUntil - now > 0;
        }

        // ---- asking

        void ask() {
            server = nextServer++ % servers.size();
            if (!send()) {
                server = (server + 1) % servers.size();
                send();
            }
            awaitResend();
        }

        private void awaitResend() {
            resend = ResolverThread.get().after(RESEND_MILLIS, () -> {
                if (waiting.isEmpty()) {
                    names.remove(name, this);
                } else {
                    server = (server + 1) % servers.size();
                    send();
                    awaitResend();
                }
            });
        }

        private boolean send() {
            return send(four) && send(six);
        }

        private boolean send(Question question) {
            if (question == null || question.addresses != null) {
                return true;
            }
            try {
                if (question.overTcp) {
                    servers.get(server).askLong(question.message);
                } else {
                    servers.get(server).ask(question.message);
                }
                return true;
            } catch (IOException e) {
                // it is sent again, and the request's time may pass
                return false;
            }
        }

        // ---- what comes back

        void answered(DnsMessage answer) {
            Question question = question(answer.type());
            if (question == null || question.addresses != null || question.id != answer.id()) {
                return;
            }
            if (answer.isTruncated()) {
                if (!question.overTcp) {
                    question.overTcp = true;
                    send(question);
                }
                return;
            }
            int found = answer.code() == 0 ? code : answer.code();
            ttlMillis = Math.min(ttlMillis, answer.ttlSeconds() * 1000);
            boolean hasNothing = answer.isEmpty() || found != 0;
            question.addresses = answer.addresses();
            if (hasNothing && !isAnswered()) {
                code = answer.code();
            } else if (found != 0) {
                failed(found);
            } else if (isAnswered()) {
                settle(answer.cname());
            }
        }

        /** Both questions have an answer without an error: there are addresses, another name, or nothing. */
        private void settle(String other) {
            boolean hasAddresses = !addresses(four).isEmpty() || !addresses(six).isEmpty();
            if (!hasAddresses && other == null) {
                failed(DnsMessage.NO_SUCH_NAME);
                return;
            }
            resend.cancel();
            cname = hasAddresses ? null : other;
            isKnown = true;
            long millis = settings.validMillis > 0 ? settings.validMillis : ttlMillis;
            validUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            List<Request> all = takeWaiting();
            if (hasAddresses) {
                all.forEach(each -> each.complete(answer(false)));
            } else if (!all.isEmpty()) {
                follow(all);
            }
        }

        private void failed(int its) {
            resend.cancel();
            names.remove(name, this);
            takeWaiting().forEach(each -> each.fail(new ResolveFailure(its)));
        }

        private List<Request> takeWaiting() {
            List<Request> all = List.copyOf(waiting);
            waiting.clear();
            return all;
        }

        private void follow(List<Request> all) {
            if (all.get(0).recursion++ >= MAX_RECURSION) {
                all.forEach(each -> each.fail(new ResolveFailure(DnsMessage.NO_SUCH_NAME)));
            } else {
                resolve(all, cname);
            }
        }

        /**
         * Returns the addresses.
         *
         * @param rotates whether they begin with another one each time
         */
        private Answer answer(boolean rotates) {
            List<InetAddress> all = new ArrayList<>(addresses(four));
            all.addAll(addresses(six));
            if (rotates) {
                Collections.rotate(all, RANDOM.nextInt(all.size()));
            }
            return new Answer(all, TimeUnit.NANOSECONDS.toMillis(validUntil - System.nanoTime()));
        }
    }

    private final Settings settings;
    private final List<DnsServer> servers = new ArrayList<>();
    /** The one that was asked for longest ago comes first. */
    private final Map<String, Name> names = new LinkedHashMap<>(16, 0.75f, true);

    private int nextServer;

    public Resolver(Settings settings) {
        this.settings = settings;
        settings.servers.forEach(address -> servers.add(new DnsServer(address, this::answered)));
    }

    /** How long to wait for an answer, in ms. */
    public long timeoutMillis() {
        return settings.timeoutMillis;
    }

    /** How long it counts that there is no such name, in ms. */
    public long failureMillis() {
        return settings.validMillis > 0 ? settings.validMillis : FAILURE_MILLIS;
    }

    /**
     * Looks up the addresses of a name.
     *
     * @return completes on {@link ResolverThread}, or is complete; exceptionally, with a {@link ResolveFailure}, if
     *     there are none
     */
    public CompletableFuture<Answer> lookUp(String name) {
        Request request = new Request();
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (!NAME.matcher(plain).matches()) {
            request.fail(new ResolveFailure(DnsMessage.NO_SUCH_NAME));
            return request.answer;
        }
        ResolverThread.get().execute(() -> {
            resolve(List.of(request), plain.toLowerCase(Locale.ROOT));
            closeIfIdle();
        });
        return request.answer;
    }

    private void resolve(List<Request> requests, String name) {
        Name known = names.get(name);
        if (known != null && known.isValid(System.nanoTime())) {
            if (known.cname != null) {
                known.follow(requests);
            } else {
                requests.forEach(each -> each.complete(known.answer(true)));
            }
            return;
        }
        boolean isUnderWay = known != null && !known.waiting.isEmpty();
        if (!isUnderWay && !DnsMessage.canAsk(name)) {
            requests.forEach(each -> each.fail(new ResolveFailure(DnsMessage.NO_SUCH_NAME)));
            return;
        }
        if (!isUnderWay && !makeRoom()) {
            requests.forEach(each -> each.fail(ResolveFailure.timedOut()));
            return;
        }
        Name its = isUnderWay ? known : new Name(name);
        its.waiting.addAll(requests);
        requests.forEach(Request::startTimer);
        if (!isUnderWay) {
            if (known != null && known.resend != null) {
                known.resend.cancel();
            }
            names.put(name, its);
            its.ask();
        }
    }

    /** Forgets a name that nobody waits for, if there are too many; false if all are waited for. */
    private boolean makeRoom() {
        Iterator<Name> all = names.values().iterator();
        while (names.size() >= MAX_NAMES && all.hasNext()) {
            if (all.next().waiting.isEmpty()) {
                all.remove();
            }
        }
        return names.size() < MAX_NAMES;
    }

    private void answered(DnsMessage answer) {
        Name its = names.get(answer.name());
        if (its != null && its.resend != null) {
            its.answered(answer);
            closeIfIdle();
        }
    }

    /**
     * Closes the sockets while nobody waits. The next question then comes from another port, which is hard to guess.
     */
    private void closeIfIdle() {
        if (names.values().stream().allMatch(each -> each.waiting.isEmpty())) {
            servers.forEach(DnsServer::close);
        }
    }
}
