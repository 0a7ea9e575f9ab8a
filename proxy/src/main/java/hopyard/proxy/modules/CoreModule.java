package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.EVENTS;
import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import java.util.List;

/**
 * The process as a whole.
 *
 * @see <a href="https://nginx.org/en/docs/ngx_core_module.html">Core functionality</a>
 */
final class CoreModule implements Module {

    /** As many processes nginx spawns; here each is a thread with a stack of its own. */
    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("worker_processes", 1, CoreModule::workerProcesses, MAIN),
                Command.simple("pid", 1, CoreModule::pid, MAIN),
                Command.simple("daemon", 1, CoreModule::daemon, MAIN),
                Command.simple(
                        "worker_shutdown_timeout",
                        1,
                        Slots.millis(MainSettings.KEY, m -> m.shutdownTimeout, (m, v) -> m.shutdownTimeout = v),
                        MAIN),
                // the proxy runs as whoever started it: changing the user is a privilege that the JVM does not use
                Command.simple("user", 1, 2, (loader, scope, d) -> {}, MAIN),
                Command.simple("error_log", 1, 2, CoreModule::errorLog, MAIN, HTTP, SERVER, LOCATION),
                Command.block("events", 0, 0, CoreModule::events, MAIN),
                Command.simple("worker_connections", 1, CoreModule::workerConnections, EVENTS));
    }

    private static void workerProcesses(Loader loader, Scope scope, Directive d) throws ConfException {
        MainSettings main = scope.get(MainSettings.KEY);
        if (main.workers != null) {
            throw d.directiveError("is duplicate");
        }
        if (d.arg(0).equals("auto")) {
            main.workers = Runtime.getRuntime().availableProcessors();
            return;
        }
        int workers = Values.parseNumber(d.arg(0));
        if (workers < 0) {
            throw d.directiveError("invalid value");
        }
        if (workers > MainSettings.MAX_WORKERS) {
            throw d.directiveError("must not be more than " + MainSettings.MAX_WORKERS);
        }
        // nginx accepts 0 and would have nobody to do the work
        main.workers = Math.max(1, workers);
    }

    private static void pid(Loader loader, Scope scope, Directive d) throws ConfException {
        MainSettings main = scope.get(MainSettings.KEY);
        if (main.pid != null) {
            throw d.directiveError("is duplicate");
        }
        main.pid = Paths.under(Build.of(scope).prefix(), d, 0);
    }

    private static void daemon(Loader loader, Scope scope, Directive d) throws ConfException {
        MainSettings main = scope.get(MainSettings.KEY);
        if (main.daemon != null) {
            throw d.directiveError("is duplicate");
        }
        main.daemon = Values.flag(d);
    }

    private static void events(Loader loader, Scope scope, Directive d) throws ConfException {
        MainSettings main = scope.get(MainSettings.KEY);
        if (main.hasEvents) {
            throw d.directiveError("is duplicate");
        }
        main.hasEvents = true;
        loader.apply(d.block(), new Scope(EVENTS, scope));
    }

    private static void workerConnections(Loader loader, Scope scope, Directive d) throws ConfException {
        MainSettings main = scope.nearest(MAIN).get(MainSettings.KEY);
        if (main.workerConnections != null) {
            throw d.directiveError("is duplicate");
        }
        int connections = Values.parseNumber(d.arg(0));
        if (connections < 0) {
            throw d.error("invalid number \"" + d.arg(0) + "\"");
        }
        main.workerConnections = connections;
    }

    private static void errorLog(Loader loader, Scope scope, Directive d) throws ConfException {
        ErrorLog.Level level = ErrorLog.Level.ERROR;
        if (d.args().size() == 2) {
            level = ErrorLog.Level.of(d.arg(1));
            if (level == null) {
                throw d.error("invalid log level \"" + d.arg(1) + "\"");
            }
        }
        Build build = Build.of(scope);
        String path = d.arg(0).equals("stderr")
                ? "stderr"
                : Paths.under(build.prefix(), d, 0).toString();
        scope.get(CoreSettings.KEY).errorLog = new ErrorLog(build.logFiles().file(path), level);
    }
}
