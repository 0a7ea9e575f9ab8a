package hopyard.proxy.modules.ssl;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import java.util.List;

/**
 * How sessions with clients are kept, so that they can be taken up again (RFC 8446 §2.2).
 *
 * @param ticketKeys the lines {@code ssl_session_ticket_key}
 * @param timeout how long a session may be taken up again, in seconds
 */
record SessionSettings(SessionCache cache, boolean tickets, List<Directive> ticketKeys, long timeout) {

    static final Settings<SessionSettings> SETTINGS = Settings.of(SessionSettings::new);

    SessionSettings(SettingsReader in) {
        this(
                in.directive("ssl_session_cache")
                        .otherwise("none")
                        .means("Where sessions are kept.")
                        .note("in memory, 20480 at most; servers with the same certificates share a zone")
                        .in(HTTP, SERVER)
                        .args(1, 2)
                        .read(new SessionCache.Reader(), SessionCache.NONE),
                in.directive("ssl_session_tickets")
                        .byDefault("on")
                        .means("Whether clients keep their sessions themselves.")
                        .note(
                                "with `ssl_session_timeout` below an hour, they are kept here all the same, 20480 at most")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("ssl_session_ticket_key")
                        .means(
                                "The file of the key of session tickets; the first one encrypts, the others only decrypt.")
                        .note("has tickets outlive a reload; not shared with other machines")
                        .in(HTTP, SERVER)
                        .read(new Lines(), List.of()),
                in.directive("ssl_session_timeout")
                        .byDefault("5m")
                        .means("How long a session may be taken up again.")
                        .in(HTTP, SERVER)
                        .read(new Seconds(), 0L));
    }

    private static final class Seconds implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.seconds(d, 0);
        }
    }
}
