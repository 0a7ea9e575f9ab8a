package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.proxy.console.experiments.PlayCertificates.Kept;
import hopyard.proxy.tls.CertificateFacts;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code certificates}: certificates to play with, good and bad ones. {@code POST certificates} makes one, and says in
 * which files nginx.conf finds it; {@code DELETE certificates/ID} removes it. Few at a time, and removed after a while.
 */
public final class Certificates {

    private static final int MAX_KEPT = 16;
    private static final int MAX_AUTHORITIES = 4;
    private static final int MAX_HOSTS = 8;
    private static final int MAX_SECONDS = 300;
    private static final int MAX_DAYS = 365;

    private static final String AUTHORITY = "[a-z]{1,20}";
    private static final String HOST = "(?=.{1,200}$)(\\*\\.)?[a-zA-Z0-9_-]{1,63}(\\.[a-zA-Z0-9_-]{1,63})*";
    private static final String PERSON = "[A-Za-z0-9 ._-]{1,60}";

    private final Ticker ticker;
    private final PlayCertificates certificates;

    public Certificates(Ticker ticker, PlayCertificates certificates) {
        this.ticker = ticker;
        this.certificates = certificates;
    }

    public synchronized Answer answer(ConsoleRequest request) throws Refusal {
        String id = request.rest();
        switch (request.method() + (id.isEmpty() ? "" : " ID")) {
            case "GET", "HEAD":
                return Answer.json(
                        200, Json.object().set("certificates", Json.array(certificates.all(), Certificates::json)));
            case "POST":
                return Answer.json(201, json(make(request, request.json())));
            case "DELETE ID":
                Kept gone = certificates.find(id);
                if (gone == null) {
                    throw new Refusal(404, "there is no certificate \"" + id + "\": POST certificates makes one");
                }
                certificates.remove(id);
                return Answer.json(200, json(gone));
            default:
                throw new Refusal(
                        405,
                        "GET certificates, POST certificates with {\"names\": […], \"days\": …} for a server or"
                                + " {\"client\": …} for a client, or DELETE certificates/ID");
        }
    }

    private Kept make(ConsoleRequest request, ObjectNode body) throws Refusal {
        if (!request.mayEdit()) {
            throw new Refusal(403, "certificates are for another nginx.conf, which takes \"hop_console edit;\"");
        }
        String by = request.parameter(body, "by", "experiments");
        if (!by.matches(AUTHORITY)) {
            throw new Refusal(400, "by must be the name of an authority, up to 20 small letters, not \"" + by + "\"");
        }
        String client = request.parameter(body, "client", "");
        List<String> hosts = hosts(body);
        if (hosts.isEmpty() == client.isEmpty() || !client.isEmpty() && !client.matches(PERSON)) {
            throw new Refusal(
                    400, "either names, the hosts that a server's certificate is for, or client, the name of a client");
        }
        int days = request.integer(body, "days", 30, 1, MAX_DAYS);
        boolean isExpired = request.parameter(body, "expired", "false").equals("true");
        int seconds = request.integer(body, "seconds", 120, 1, MAX_SECONDS);
        if (certificates.size() >= MAX_KEPT) {
            throw new Refusal(409, MAX_KEPT + " certificates are there; remove one first");
        }
        if (!certificates.authorities().contains(by)
                && certificates.authorities().size() >= MAX_AUTHORITIES) {
            throw new Refusal(409, "there are " + MAX_AUTHORITIES + " authorities: " + certificates.authorities());
        }
        Instant until = isExpired
                ? Instant.now().minus(Duration.ofDays(1))
                : Instant.now().plus(Duration.ofDays(days));
        try {
            Kept made = certificates.make(
                    by,
                    client.isEmpty() ? hosts.get(0) : client,
                    hosts,
                    until.minus(Duration.ofDays(days + 1L)),
                    until,
                    System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
            ticker.schedule(() -> certificates.remove(made.id()), seconds, TimeUnit.SECONDS);
            return made;
        } catch (IOException e) {
            throw new Refusal(503, "a certificate's files cannot be written: " + e.getMessage());
        }
    }

    private static List<String> hosts(ObjectNode body) throws Refusal {
        List<String> hosts = new ArrayList<>();
        body.path("names").forEach(each -> hosts.add(each.asText()));
        if (hosts.size() > MAX_HOSTS || hosts.stream().anyMatch(each -> !each.matches(HOST))) {
            throw new Refusal(400, "names must be up to " + MAX_HOSTS + " hosts such as shop.example, not " + hosts);
        }
        return hosts;
    }

    private static ObjectNode json(Kept kept) {
        CertificateFacts its = CertificateFacts.of(kept.made().certificate());
        ObjectNode out = Json.object().put("id", kept.id()).put("by", kept.by());
        out.put("certificate", kept.file().toString()).put("key", kept.key().toString());
        out.put("authority", kept.authority().toString());
        out.put("subject", its.subject()).put("issuer", its.issuer());
        out.set("names", Json.array(its.names(), TextNode::valueOf));
        out.put("from", its.from().toString()).put("until", its.until().toString());
        return out.put("closesInMs", Math.max(0, TimeUnit.NANOSECONDS.toMillis(kept.closesAt() - System.nanoTime())));
    }
}
