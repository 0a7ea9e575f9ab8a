package hopyard.proxy.exchange;

import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The attempts of an exchange at upstream servers, for variables and logs: nginx's {@code r->upstream_states}. */
public final class UpstreamState {

    /** Returns the URL that lines of the error log name. It is asked only when a line is written. */
    public interface Url {
        String upstreamUrl();
    }

    /** The first attempt, which nearly always is the only one; {@code null} before it. */
    private UpstreamTry first;

    /** All attempts; {@code null} as long as there is one at most, and nobody has asked for the list. */
    private List<UpstreamTry> tries;

    private HeaderMap fields;
    private String cacheStatus;
    private String host;
    private String port;
    private String activity;
    private Url url;

    UpstreamState() {}

    /** Returns the attempts to have an upstream server answer the request. */
    public List<UpstreamTry> tries() {
        if (tries == null) {
            tries = first == null ? List.of() : List.of(first);
        }
        return tries;
    }

    /** Returns how many attempts there are. */
    public int count() {
        return tries == null ? first == null ? 0 : 1 : tries.size();
    }

    /** Returns the last attempt; {@code null} if there is none. */
    public UpstreamTry last() {
        return tries == null || tries.isEmpty() ? first : tries.get(tries.size() - 1);
    }

    /** Adds an attempt that begins. */
    public void add(Clock clock, UpstreamTry attempt) {
        if (first == null) {
            first = attempt;
            tries = null;
            return;
        }
        clock.nextAttempt(last(), attempt.startedAt());
        tries = new ArrayList<>(tries());
        tries.add(attempt);
    }

    /** Keeps the fields of a response that variables ask for. */
    public void keepFields(Set<HttpString> wanted, ResponseHead head) {
        if (wanted.isEmpty()) {
            return;
        }
        fields = new HeaderMap();
        head.copy(wanted, fields);
    }

    /** Returns the fields that were kept of the last upstream's response; {@code null} if none were. */
    public HeaderMap fields() {
        return fields;
    }

    /** Returns {@code $upstream_cache_status}; {@code null} if no cache was asked. */
    public String cacheStatus() {
        return cacheStatus;
    }

    /** Sets {@code $upstream_cache_status}. */
    public void cacheStatus(String status) {
        cacheStatus = status;
    }

    /** Returns {@code $proxy_host}: the host that proxy_pass names; {@code null} if the request is not forwarded. */
    public String host() {
        return host;
    }

    /** Returns {@code $proxy_port}: the port that proxy_pass names; {@code null} if the request is not forwarded. */
    public String port() {
        return port;
    }

    /** Sets the host and the port that the request is forwarded to. */
    public void passTo(String newHost, String newPort) {
        host = newHost;
        port = newPort;
    }

    /** Sets, for lines of the error log, what is being done, and with which URL. */
    public void doing(String what, Url whom) {
        activity = what;
        url = whom;
    }

    /**
     * Notes that the server is not asked any more. nginx has forgotten by then that it is at a socket of the unix
     * domain, and writes no colon behind the socket's path.
     */
    void givenBack() {
        String last = url.upstreamUrl().replaceFirst("^([a-z]+://unix:[^:]*):", "$1");
        url = () -> last;
    }

    /** Sets that nothing special is being done. The URL goes on to be named, as in nginx. */
    void doingNothing() {
        activity = null;
        if (url != null) {
            // the URI may change from here on
            String last = url.upstreamUrl();
            url = () -> last;
        }
    }

    /** Returns what is being done, in nginx's words; {@code null} for nothing special. */
    String activity() {
        return activity;
    }

    /** Returns the URL that was last asked; {@code null} for none. */
    public String url() {
        return url == null ? null : url.upstreamUrl();
    }
}
