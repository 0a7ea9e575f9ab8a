package hopyard.proxy.http;

import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What an exchange has to do with upstream servers, for variables and logs: nginx's {@code r->upstream_states}. */
public final class UpstreamState {

    /** Knows the URL that error log lines name, and is asked for it when a line is written. */
    public interface Url {
        String upstreamUrl();
    }

    /** The first attempt, which nearly always stays the only one; {@code null} before it. */
    private UpstreamTry first;

    /** All of them; {@code null} as long as nobody has asked for it. */
    private List<UpstreamTry> tries;

    private HeaderMap fields;
    private String cacheStatus;
    private String host;
    private String port;
    private String activity;
    private Url url;

    UpstreamState() {}

    /** The attempts to have the request answered by an upstream server. */
    public List<UpstreamTry> tries() {
        if (tries == null) {
            tries = first == null ? List.of() : List.of(first);
        }
        return tries;
    }

    /** How many attempts there are. */
    public int count() {
        return tries == null ? first == null ? 0 : 1 : tries.size();
    }

    /** The last attempt; {@code null} if there is none. */
    public UpstreamTry last() {
        return tries == null || tries.isEmpty() ? first : tries.get(tries.size() - 1);
    }

    /** Another attempt begins. */
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

    /** Keeps those of a response's fields that variables ask for. */
    public void keepFields(Set<HttpString> wanted, ResponseHead head) {
        if (wanted.isEmpty()) {
            return;
        }
        fields = new HeaderMap();
        head.copy(wanted, fields);
    }

    /** What was kept of the last upstream's response header; {@code null} if nothing was. */
    public HeaderMap fields() {
        return fields;
    }

    /** What the cache had to do with it, {@code $upstream_cache_status}; {@code null} for nothing. */
    public String cacheStatus() {
        return cacheStatus;
    }

    /** Says what the cache has to do with it. */
    public void cacheStatus(String status) {
        cacheStatus = status;
    }

    /** The host that proxy_pass names: {@code $proxy_host}; {@code null} if the request is not forwarded. */
    public String host() {
        return host;
    }

    /** The port that proxy_pass names: {@code $proxy_port}; {@code null} if the request is not forwarded. */
    public String port() {
        return port;
    }

    /** The request is forwarded to that host and port. */
    public void passTo(String newHost, String newPort) {
        host = newHost;
        port = newPort;
    }

    /** Says what is being done and to which upstream URL, for error log lines; {@code null} for nothing special. */
    public void doing(String what, Url whom) {
        activity = what;
        url = whom;
    }

    /** What is being done, in nginx's words; {@code null} for nothing special. */
    String activity() {
        return activity;
    }

    /** The URL to which that is done; {@code null} for none. */
    String url() {
        return url == null ? null : url.upstreamUrl();
    }
}
