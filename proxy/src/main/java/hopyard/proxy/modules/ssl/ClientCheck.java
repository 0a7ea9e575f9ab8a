package hopyard.proxy.modules.ssl;

import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.Trust;
import hopyard.proxy.tls.Verdict;
import org.xnio.XnioIoThread;

/**
 * Looks at the certificate of a client, before a request to a server with {@code ssl_verify_client} begins.
 *
 * @param ocsp asks whether it is revoked; {@code null} if nobody is asked
 * @param trust judges it
 */
record ClientCheck(VerifyClient verify, Ocsp ocsp, Trust trust) implements PhaseHandler {

    private static final String READING = " while reading client request headers";

    @Override
    public Result handle(Exchange exchange) {
        TlsConnection tls = exchange.client().tls();
        if (tls == null) {
            return Result.NEXT;
        }
        String negotiated = exchange.client().asked().name();
        if (negotiated != null && !negotiated.equals(exchange.host())) {
            exchange.log(
                    ErrorLog.Level.INFO,
                    "client attempted to request the server name different from the one that was negotiated" + READING);
            return fail(exchange, 421);
        }
        Verdict verdict = tls.verdict();
        if (verdict != null
                && !verdict.isOk()
                && !(verify == VerifyClient.OPTIONAL_NO_CA && verdict.isOnlyUntrusted())) {
            exchange.log(ErrorLog.Level.INFO, "client SSL certificate verify error: (" + verdict + ")" + READING);
            tls.getSslSession().invalidate();
            return fail(exchange, ErrorPages.BAD_CERTIFICATE);
        }
        if (verdict == null && verify == VerifyClient.ON) {
            exchange.log(ErrorLog.Level.INFO, "client sent no required SSL certificate" + READING);
            tls.getSslSession().invalidate();
            return fail(exchange, ErrorPages.NO_CERTIFICATE);
        }
        if (ocsp != null && verdict != null) {
            if (tls.revocation() == null) {
                ask(exchange, tls);
                return Result.TAKEN;
            }
            return obey(exchange, tls);
        }
        return Result.NEXT;
    }

    private void ask(Exchange exchange, TlsConnection tls) {
        XnioIoThread thread = exchange.ioThread();
        exchange.lifetime().pause(Stage.AUTH);
        ocsp.ask(exchange, tls, trust)
                .whenComplete((what, failure) -> thread.execute(() -> {
                    tls.revocation(failure == null ? what : Ocsp.FAILED);
                    if (exchange.lifetime().resume() && obey(exchange, tls) == Result.NEXT) {
                        exchange.lifetime().passes();
                    }
                }));
    }

    private static Result obey(Exchange exchange, TlsConnection tls) {
        if (tls.revocation().isEmpty()) {
            return Result.NEXT;
        }
        exchange.log(ErrorLog.Level.INFO, "client SSL certificate verify error: " + tls.revocation() + READING);
        tls.getSslSession().invalidate();
        return fail(exchange, ErrorPages.BAD_CERTIFICATE);
    }

    private static Result fail(Exchange exchange, int status) {
        exchange.fail(status);
        return Result.TAKEN;
    }
}
