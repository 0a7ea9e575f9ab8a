package hopyard.proxy.console.exchanges;

import static hopyard.proxy.console.exchanges.UpstreamProtocol.directive;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.AuthRequest;
import hopyard.proxy.record.ExchangeRecord;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Says in words who answered an exchange and what went wrong, for people who have not read RFC 9209. */
public final class OutcomeText {

    private static final Set<String> MODULES_WITH_CACHE = Set.of("proxy", "fastcgi", "uwsgi", "scgi");

    private static final HttpString ACCEL_REDIRECT = new HttpString("X-Accel-Redirect");

    private OutcomeText() {}

    /** Who answered, and why it is not simply the app. */
    public static String answer(ExchangeRecord record) {
        return switch (record.who()) {
            case NOBODY -> nobody(record);
            case APP ->
                the(record.lastTry()) + " answered " + record.lastTry().status() + UpstreamRole.behind(record.lastTry())
                        + shownAs(record) + unless(record) + asked(record) + formInChunks(record.lastTry());
            case PROXY -> proxy(record) + shownAs(record) + unless(record) + asked(record);
            case CACHE -> cache(record) + unless(record);
        };
    }

    /** What surprises people of an app that got a form without its length: WSGI knows no chunks. */
    private static String formInChunks(Attempt attempt) {
        List<Fields.Field> sent = Fields.of(attempt.sentHead());
        boolean isForm = Fields.values(sent, Headers.CONTENT_TYPE).stream()
                .anyMatch(type ->
                        type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/form-data"));
        return isForm && !Fields.values(sent, Headers.TRANSFER_ENCODING).isEmpty()
                ? "; the form went there in chunks, and to Django such a form is empty" + " (with "
                        + directive(attempt, "request_buffering") + " on, this proxy says its length)"
                : "";
    }

    /** Where an error page, or what this proxy has made of an answer, has another status. */
    private static String shownAs(ExchangeRecord record) {
        Attempt last = record.lastTry();
        boolean isOther =
                last != null && last.status() != 0 && last.status() != record.status() && record.status() != 101;
        return isOther && (record.who() == Who.APP || last.failure() != null || isLeft(record))
                ? ", and what the client got for it is a " + record.status()
                : "";
    }

    /** Whether the last that was asked has answered, and this proxy shows something else for it. */
    private static boolean isLeft(ExchangeRecord record) {
        return record.why() == Why.INTERCEPTED || record.why() == Why.ACCEL_REDIRECT;
    }

    /** What had the last one asked, where another had been before. */
    private static String asked(ExchangeRecord record) {
        int count = record.attempts().size();
        if (count < 2) {
            return "";
        }
        Attempt before = record.attempts().get(count - 2);
        return "; asked before: " + (count > 2 ? Text.counted(count - 2, "more server") + ", then " : "")
                + result(before);
    }

    /** What has come of an attempt that another one followed. */
    static String result(Attempt attempt) {
        if (attempt.failure() != null) {
            return failure(attempt);
        }
        return the(attempt) + " answered " + attempt.status()
                + (Fields.values(Fields.of(attempt.receivedHead()), ACCEL_REDIRECT)
                                .isEmpty()
                        ? ""
                        : " and left the answer to this proxy (X-Accel-Redirect)");
    }

    private static String nobody(ExchangeRecord record) {
        Why why = record.interrupted();
        if (why == Why.CLOSED) {
            return "this proxy closed the connection without an answer, as the configuration says (444)";
        }
        if (why == Why.CLIENT_LEFT) {
            return "the client left after " + millis(record.phases().total()) + ", before there was an answer";
        }
        return "there was no answer: "
                + (why == Why.INTERNAL_ERROR || why == Why.CLIENT_TIMEOUT
                        ? proxy(why)
                        : "the exchange broke off (" + why + ")");
    }

    /** What has kept a response from being complete. */
    private static String unless(ExchangeRecord record) {
        Why why = record.interrupted();
        if (record.tunnelEnd() != null && record.tunnelEnd().how() != TunnelEnd.How.TIMEOUT) {
            return ended(record.tunnelEnd());
        }
        if (why == null) {
            return "";
        }
        boolean isTunnel = record.status() == 101;
        Attempt last = record.lastTry();
        String what = switch (why) {
            case CLIENT_LEFT -> "the client left before it had all of it";
            case CLIENT_TIMEOUT -> "the client took nothing more until send_timeout was over";
            case READ_TIMEOUT ->
                isTunnel
                        ? "nothing came through the tunnel until " + directive(last, "read_timeout")
                                + " was over, and it was closed"
                        : notMore(last);
            case SEND_TIMEOUT -> "it took nothing more until " + directive(last, "send_timeout") + " was over";
            case CLOSED_EARLY -> "closed the connection before its answer was complete";
            case RESET -> "broke the connection off (reset) in the middle of its answer";
            case GARBAGE -> "then sent what is no " + UpstreamProtocol.name(last) + brokenChunk(last);
            case NO_MEMORY -> "this proxy had no memory left to pass it on";
            default -> "something went wrong in this proxy: the error log says what";
        };
        return ", but " + what + (isTunnel ? "" : ": " + bytes(record));
    }

    /** Who hung up an upgraded connection, and how. */
    private static String ended(TunnelEnd end) {
        String who = switch (end.by()) {
            case CLIENT -> "the client";
            case APP -> "the app";
            case PROXY -> "this proxy";
        };
        int code = end.by() == TunnelEnd.By.CLIENT ? end.clientCode() : end.appCode();
        String without = end.isWebSocket() ? " without a close frame" : "";
        return switch (end.how()) {
            case CLOSE_FRAME ->
                ", and " + who + " ended the conversation with a close frame"
                        + (code == TunnelEnd.NO_CODE ? "" : " (" + code + ")");
            case FIN -> (end.isWebSocket() ? ", but " : ", and ") + who + " closed the connection" + without;
            case RESET -> ", but " + who + " broke the connection off (reset)" + without;
            default -> ", but " + who + " closed the connection";
        };
    }

    private static String bytes(ExchangeRecord record) {
        String length = record.toClient().getFirst(Headers.CONTENT_LENGTH);
        return length == null
                ? Text.counted(record.bytesSent(), "byte") + (record.bytesSent() == 1 ? " was" : " were")
                        + " sent to the client"
                : record.bytesSent() + " of " + length + (length.equals("1") ? " byte was" : " bytes were")
                        + " sent to the client";
    }

    private static String cache(ExchangeRecord record) {
        Attempt last = record.lastTry();
        return switch (record.why()) {
            case STALE ->
                "the cache answered with what is out of date, "
                        + (last == null ? "while it is being renewed" : "because " + failure(last));
            case UPDATING -> "the cache answered with what is out of date, while another request renews it";
            case REVALIDATED -> "the cache answered, after " + the(last) + " said that nothing has changed (304)";
            default -> "the cache answered: no app was asked";
        };
    }

    private static String proxy(ExchangeRecord record) {
        Attempt last = record.lastTry();
        Why why = record.why();
        if (why == null) {
            return proxy(Why.OTHER);
        }
        if (last != null && last.failure() == why) {
            return failure(last);
        }
        return switch (why) {
            case ACCEL_REDIRECT -> the(last) + " left the answer to this proxy (X-Accel-Redirect)";
            case INTERCEPTED ->
                the(last) + " answered " + last.status() + ", and this proxy shows another page for it"
                        + ofIntercepting(last);
            case STATIC -> file(record);
            case AUTH_FAILED -> authRequest(record.authRequest());
            case AUTH, DENIED ->
                isRefusal(record.authRequest())
                        ? authRequest(record.authRequest())
                        : isByRule(record) ? "a deny rule of this proxy keeps this client's address out" : proxy(why);
            default ->
                proxy(why)
                        + (last == null || last.failure() != null || !last.isAnswered()
                                ? ""
                                : ", after " + result(last));
        };
    }

    /** What of a file the client was sent. */
    private static String file(ExchangeRecord record) {
        return switch (record.status()) {
            case 304 -> "this proxy said that the client's copy of the file is up to date";
            case 412 -> "this proxy did not send the file: the client's condition does not hold";
            case 416 -> "this proxy did not send the file: the part that the client asked for is not in it";
            default -> record.method().equals("HEAD") ? "this proxy sent the header of a file" : proxy(Why.STATIC);
        };
    }

    private static boolean isByRule(ExchangeRecord record) {
        return record.errorLog().stream().anyMatch(line -> line.contains(" access forbidden by rule"));
    }

    private static boolean isRefusal(AuthRequest asked) {
        return asked != null && (asked.status() == 401 || asked.status() == 403);
    }

    /** What whoever {@code auth_request} asks has said. */
    private static String authRequest(AuthRequest asked) {
        Attempt last = asked.lastTry();
        if (last != null && last.failure() != null) {
            return "auth_request got neither a yes nor a no: " + failure(last, "the server at ");
        }
        String who = last == null
                ? "the location that auth_request asks, " + Paths.fromBytes(asked.uri()) + ","
                : "the server that auth_request asks, at " + server(last) + ",";
        return who + " said " + asked.status()
                + (isRefusal(asked)
                        ? ": this request may not go on"
                        : ", which is neither a yes (2xx) nor a no (401, 403)");
    }

    private static String proxy(Why why) {
        return switch (why) {
            case NAME_NOT_FOUND -> "the app's name could not be resolved to an address: the error log says which";
            case LIMIT_REQ -> "this proxy turned the request down: more came than limit_req allows";
            case LIMIT_CONN -> "this proxy turned the request down: more at a time than limit_conn allows";
            case DENIED -> "this proxy does not let this client have it (403)";
            case AUTH -> "this proxy wants to know first who asks: a user name and a password";
            case TOO_LARGE -> "this proxy turned the request down: its content is larger than client_max_body_size";
            case BAD_REQUEST ->
                "this proxy turned the request down: it is malformed or too large, the error log says how";
            case NOT_ALLOWED -> "this proxy turned the request down: not this method here";
            case CLIENT_TIMEOUT -> "the client did not send all of its request in time (client_body_timeout)";
            case NOT_FOUND -> "this proxy found nothing under this address";
            case RETURN -> "this proxy answered by itself, as the directive return says";
            case REDIRECT -> "this proxy answered by itself: it sends the client elsewhere";
            case STATIC -> "this proxy sent a file";
            case INDEX -> "this proxy listed a directory (autoindex)";
            case STATUS_PAGE -> "this proxy told its figures (stub_status)";
            case NO_MEMORY -> "this proxy turned the request down: it has no memory left";
            case INTERNAL_ERROR -> "something went wrong in this proxy: the error log says what";
            default -> "this proxy answered by itself";
        };
    }

    /** What was wrong with an attempt. */
    static String failure(Attempt attempt) {
        return failure(attempt, "the " + UpstreamRole.of(attempt) + " at ");
    }

    private static String failure(Attempt attempt, String whoAt) {
        String app = server(attempt);
        String who = whoAt + app;
        boolean isInBody = attempt.isAnswered();
        return switch (attempt.failure()) {
            case REFUSED ->
                "nothing accepts at " + app
                        + (whoAt.startsWith("the app") ? ": is the app running?" : ": is it running?");
            case UNREACHABLE -> "no network leads to " + app;
            case CONNECT_TIMEOUT ->
                "nobody at " + app + " said a word when it was called, for " + millis(attempt.connectNanos())
                        + by(attempt, "connect_timeout");
            case BIND_FAILED ->
                "this proxy could not take the address that " + directive(attempt, "bind")
                        + " names, so it did not call " + app + ": the error log says why";
            case TLS_TIMEOUT ->
                app + " took the connection and did not come to speak TLS for " + millis(attempt.connectNanos())
                        + by(attempt, "connect_timeout");
            case CONNECT_FAILED -> "no connection to " + app + " could be made: the error log says why";
            case TLS_FAILED -> app + " and this proxy did not come to speak TLS: the error log says why";
            case TLS_CERTIFICATE -> "the certificate of " + app + " is not to be trusted: the error log says why";
            case SEND_TIMEOUT ->
                who + " took no more of the request for " + millis(attempt.sendNanos()) + by(attempt, "send_timeout");
            case READ_TIMEOUT ->
                isInBody
                        ? who + " answered " + attempt.status() + ", but " + notMore(attempt)
                        : who + " took the request but sent "
                                + (attempt.received() > 0 ? began(attempt) + "," : "no answer") + " for "
                                + millis(attempt.waitNanos()) + by(attempt, "read_timeout");
            case RESET ->
                who + " broke the connection off (reset) "
                        + (isInBody ? "in the middle of its answer" : without(attempt));
            case CLOSED_EARLY ->
                who + " closed the connection " + (isInBody ? "before its answer was complete" : without(attempt));
            case GARBAGE -> "what " + who + " sent is no " + UpstreamProtocol.name(attempt);
            case INVALID_HEADER ->
                attempt.status() == 101
                        ? who + " answered 101, to speak another protocol, which nobody had asked for"
                        : who + " answered in " + UpstreamProtocol.name(attempt)
                                + " with a head that must not be taken: the error log says why";
            case TOO_BIG_HEADER ->
                "the header that " + who + " sent is larger than " + directive(attempt, "buffer_size");
            case NO_LIVE_PEER -> "no server of " + app + " is up: they are marked down or have just failed";
            case PASSED_OVER ->
                who + " answered " + attempt.status() + ", which " + directive(attempt, "next_upstream")
                        + (MODULES_WITH_CACHE.contains(UpstreamProtocol.module(attempt))
                                ? " or " + directive(attempt, "cache_use_stale")
                                : "")
                        + " does not let pass";
            case CLIENT_LEFT -> "the client left before " + who + " had answered it all";
            default -> proxy(attempt.failure());
        };
    }

    private static String by(Attempt attempt, String directive) {
        return " (" + directive(attempt, directive) + ")";
    }

    private static String brokenChunk(Attempt attempt) {
        return UpstreamProtocol.module(attempt).equals("proxy") ? ": a broken chunk" : "";
    }

    private static String notMore(Attempt attempt) {
        return "then sent nothing more until " + directive(attempt, "read_timeout") + " was over";
    }

    /** nginx's module for memcached intercepts what was not found without a directive. */
    private static String ofIntercepting(Attempt attempt) {
        return UpstreamProtocol.module(attempt).equals("memcached") ? "" : by(attempt, "intercept_errors");
    }

    private static String without(Attempt attempt) {
        return attempt.received() > 0 ? "when it had sent " + began(attempt) : "without an answer" + kept(attempt);
    }

    /** What came of an answer whose head did not: part of that, or interim responses (RFC 9110 §15.2). */
    private static String began(Attempt attempt) {
        return "no more than " + Text.counted(attempt.received(), "byte")
                + ", which are not the whole head of an answer";
    }

    /** What lets an app that is well close a connection under a request. */
    private static String kept(Attempt attempt) {
        return attempt.reused() ? ": it had been kept from an earlier request, perhaps longer than the app wanted" : "";
    }

    private static String server(Attempt attempt) {
        return attempt.to() == null ? attempt.server() : attempt.to();
    }

    private static String the(Attempt attempt) {
        return "the " + UpstreamRole.of(attempt) + " at " + server(attempt);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.0f ms", nanos / 1e6);
    }
}
