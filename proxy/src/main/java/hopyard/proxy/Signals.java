package hopyard.proxy;

import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * nginx's signals.
 *
 * <p>The JVM keeps SIGQUIT for its thread dumps. So the launcher, whose process id is in the pid file, turns SIGQUIT
 * into SIGWINCH, which means the same to nginx's workers.
 *
 * @see <a href="https://nginx.org/en/docs/control.html">Controlling nginx</a>
 */
final class Signals {

    private static final Map<String, String> BY_COMMAND =
            Map.of("stop", "TERM", "quit", "QUIT", "reload", "HUP", "reopen", "USR1");

    private Signals() {}

    /**
     * Runs {@code action}, on a thread of its own, whenever one of the named signals comes.
     *
     * <p>Java has no public interface for signals. The JDK's own class is in an exported package, but javac warns of a
     * source that names the class, and the warning cannot be switched off.
     */
    static void on(Runnable action, String... names) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
                        action.run();
                        return null;
                    });
            for (String name : names) {
                Object number = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, number, onSignal);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM does not hand out signals", e);
        }
    }

    /** Sends the signal of {@code -s} to the process whose id is in the file. Returns the exit status. */
    static int send(String command, Path pidFile) throws InterruptedException {
        String text;
        try {
            text = Files.readString(pidFile).trim();
        } catch (IOException e) {
            System.err.println("nginx: [error] " + SystemErrors.open(pidFile.toString(), e));
            return 1;
        }
        if (!text.matches("[1-9][0-9]{0,9}")) {
            System.err.println("nginx: [error] invalid PID number \"" + text + "\" in \"" + pidFile + "\"");
            return 1;
        }
        try {
            Process kill = new ProcessBuilder("kill", "-s", BY_COMMAND.get(command), text)
                    .redirectErrorStream(true)
                    .start();
            if (kill.waitFor() == 0) {
                return 0;
            }
            boolean exists = ProcessHandle.of(Long.parseLong(text)).isPresent();
            System.err.println("nginx: [alert] kill(" + text + ", SIG" + BY_COMMAND.get(command) + ") failed ("
                    + (exists ? "1: Operation not permitted" : "3: No such process") + ")");
        } catch (IOException e) {
            System.err.println("nginx: [alert] kill: " + e.getMessage());
        }
        return 1;
    }
}
