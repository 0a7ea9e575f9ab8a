package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;

/** How requests beyond a limit are refused: the status, the log level and the dry run of limit_req or limit_conn. */
record Refusals(int status, ErrorLog.Level level, boolean dryRun) {

    Refusals(SettingsReader in) {
        this(
                in.directive("*_status")
                        .byDefault("503")
                        .means("The status of a refusal.")
                        .between(400, 599)
                        .number(),
                in.directive("*_log_level")
                        .byDefault("error")
                        .means("The level at which refusals are logged.")
                        .read(new Refusals.LevelReader()),
                in.directive("*_dry_run")
                        .byDefault("off")
                        .means("Whether requests are counted only, and none is refused.")
                        .flag());
    }

    /**
     * Refuses a request that is beyond a limit, or lets it pass in a dry run.
     *
     * @param verdict the key of {@code $limit_req_status} or {@code $limit_conn_status}
     * @param why the reason that the exchange is given
     */
    Result refuse(Exchange exchange, ExchangeKey<String> verdict, Why why) {
        exchange.put(verdict, dryRun ? "REJECTED_DRY_RUN" : "REJECTED");
        if (dryRun) {
            return Result.NEXT;
        }
        exchange.ending().because(why);
        exchange.fail(status);
        return Result.TAKEN;
    }

    /** Tells the trail of a rehearsed request what a limit might do, which depends on other requests. */
    void tell(Exchange exchange, String limit) {
        if (!dryRun) {
            exchange.trail().unknown("whether " + limit + " has room: where it has none, the client gets " + status);
        }
    }

    private static final class LevelReader implements ValueReader<ErrorLog.Level> {
        @Override
        public ErrorLog.Level read(Scope scope, Directive d, ErrorLog.Level former) throws ConfException {
            return switch (d.arg(0)) {
                case "info" -> ErrorLog.Level.INFO;
                case "notice" -> ErrorLog.Level.NOTICE;
                case "warn" -> ErrorLog.Level.WARN;
                case "error" -> ErrorLog.Level.ERROR;
                default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
            };
        }
    }
}
