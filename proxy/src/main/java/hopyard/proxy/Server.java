package hopyard.proxy;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.LogWriter;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.running.RunningServer;
import hopyard.proxy.server.Configuration;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** The running server. It obeys one signal after another until one of them ends the server. */
final class Server {

    private enum Order {
        RELOAD,
        REOPEN,
        QUIT,
        STOP
    }

    private final ConfigurationLoader loader;
    private final Configuration first;
    private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    private final Consumer<RunningServer> started;
    private HttpServer server;
    private RunningServer running;
    private PidFile pid;

    /**
     * @param started gets the server once it listens
     */
    Server(ConfigurationLoader loader, Configuration configuration, Consumer<RunningServer> started) {
        this.started = started;
        this.loader = loader;
        this.first = configuration;
    }

    /** Serves until a signal ends the server. Returns the exit status. */
    int run() throws InterruptedException {
        // before the port is open: somebody who sees that the port answers may send a signal at once
        Signals.on(() -> orders.add(Order.STOP), "TERM", "INT");
        Signals.on(() -> orders.add(Order.QUIT), "WINCH");
        Signals.on(() -> orders.add(Order.RELOAD), "HUP");
        Signals.on(() -> orders.add(Order.REOPEN), "USR1");
        try {
            server = new HttpServer(first, HttpServer.newBufferPool());
            running = new RunningServer(server, loader);
            started.accept(running);
            server.use(first);
            pid = PidFile.write(first.pidFile(), first.daemon());
        } catch (ConfException e) {
            Messages.emerg(e);
            log(ErrorLog.Level.EMERG, e.getMessage());
            first.logFiles().close();
            return 1;
        } catch (IOException e) {
            System.err.println("nginx: [emerg] " + SystemErrors.text(e));
            return 1;
        }
        String died = System.getProperty("hopyard.died");
        if (died != null) {
            log(ErrorLog.Level.ALERT, died);
        }
        log(
                ErrorLog.Level.NOTICE,
                "start worker process " + ProcessHandle.current().pid());
        log(ErrorLog.Level.NOTICE, "start worker threads: " + first.workers());
        tellLauncher("hopyard.started", "started\n");
        tellLauncher("hopyard.ready", first.daemon() ? "daemon\n" : "foreground\n");
        obey();
        delete(pid);
        server.configuration().logFiles().close();
        LogWriter.flushAll();
        return 0;
    }

    private void obey() throws InterruptedException {
        while (true) {
            switch (orders.take()) {
                case RELOAD -> reload();
                case REOPEN -> {
                    log(ErrorLog.Level.NOTICE, "signal 10 (SIGUSR1) received, reopening logs");
                    server.configuration()
                            .logFiles()
                            .reopen(server.configuration().log());
                }
                case QUIT -> {
                    log(ErrorLog.Level.NOTICE, "signal 3 (SIGQUIT) received, shutting down");
                    server.drain();
                    Thread drained = new Thread(this::awaitDrained, "drain");
                    drained.setDaemon(true);
                    drained.start();
                }
                case STOP -> {
                    log(ErrorLog.Level.NOTICE, "exiting");
                    server.stop();
                    return;
                }
            }
        }
    }

    /** Waits for the end of the drain, which then stops the server. A second signal may stop the server sooner. */
    private void awaitDrained() {
        try {
            server.awaitDrained();
            orders.add(Order.STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Loads the configuration anew. If it has a mistake, the old one keeps serving, and the log says why. */
    private void reload() {
        log(ErrorLog.Level.NOTICE, "signal 1 (SIGHUP) received, reconfiguring");
        PidFile before = pid;
        try {
            running.apply(null, next -> {
                if (!next.pidFile().equals(before.path())) {
                    pid = PidFile.write(next.pidFile(), first.daemon());
                }
            });
        } catch (ConfException e) {
            refuse(e);
            if (pid != before) {
                delete(pid);
                pid = before;
            }
            return;
        }
        if (pid != before) {
            delete(before);
        }
        // Requests that are still under way may write to a log that only the old configuration has. A cleaner closes
        // that log when the last of these requests has ended.
        log(ErrorLog.Level.NOTICE, "reconfigured");
    }

    private void refuse(ConfException e) {
        e.warnings().forEach(warning -> log(ErrorLog.Level.WARN, warning));
        log(ErrorLog.Level.EMERG, e.getMessage());
        Messages.emerg(e);
    }

    private void log(ErrorLog.Level level, String message) {
        (server == null ? first : server.configuration()).log().write(level, Paths.toBytes(Paths.readable(message)));
    }

    private void delete(PidFile file) {
        try {
            file.delete();
        } catch (IOException e) {
            log(ErrorLog.Level.ALERT, "unlink() \"" + file.path() + "\" failed (" + SystemErrors.text(e) + ")");
        }
    }

    /**
     * Tells the launcher something that it waits for. It waits before it passes signals on; and it waits before it lets
     * go of the terminal, or stays there if the daemon is off.
     */
    private void tellLauncher(String property, String line) {
        String pipe = System.getProperty(property);
        if (pipe == null) {
            return;
        }
        try (FileOutputStream out = new FileOutputStream(pipe)) {
            out.write(line.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            log(ErrorLog.Level.ALERT, "telling the launcher failed (" + SystemErrors.text(e) + ")");
        }
    }
}
