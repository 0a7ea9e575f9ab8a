package hopyard.backend;

import io.undertow.Version;
import java.net.BindException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts the app server as Django's {@code runserver} starts: a banner, then a line for each request. */
public final class Main {

    static final String VERSION = "0.1.0";

    private Main() {}

    /** Serves until the process is told to end; the exit status is 1 after a message if it cannot start. */
    public static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.SEVERE);
        try {
            Settings settings = Settings.from(System.getenv());
            App app = new App(settings);
            int port = app.start();
            Runtime.getRuntime().addShutdownHook(new Thread(app::stop, "stop"));
            banner(settings, port);
        } catch (Settings.Invalid e) {
            System.err.println("CommandError: " + e.getMessage());
            System.exit(1);
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            System.err.println(
                    cause instanceof BindException bind
                                    && String.valueOf(bind.getMessage()).contains("in use")
                            ? "Error: That port is already in use. Set PORT to another one."
                            : "Error: " + cause.getMessage());
            System.exit(1);
        }
    }

    private static void banner(Settings settings, int port) {
        String time = DateTimeFormatter.ofPattern("MMMM dd, yyyy - HH:mm:ss", Locale.ENGLISH)
                .format(LocalDateTime.now());
        System.out.printf("""
                Performing system checks...

                System check identified no issues (0 silenced).
                %s
                Hopyard app version %s on Undertow %s, using settings from the environment
                Starting development server at http://%s:%d/
                Quit the server with CONTROL-C.
                """, time, VERSION, Version.getVersionString(), settings.bind(), port);
        System.out.flush();
    }
}
