package hopyard.backend;

import hopyard.backend.django.Setting;
import hopyard.http.server.XnioCheck;
import hopyard.threads.LastResort;
import io.undertow.Version;
import java.io.IOException;
import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts the app server as Django's {@code runserver} starts: a banner, then a line for each request. */
public final class Main {

    static final String VERSION = "0.1.0";

    private Main() {}

    /**
     * Serves until the process is told to end; with {@code --help}, says what can be set. If it cannot start, it prints
     * a message and exits with status 1.
     */
    public static void main(String[] args) {
        if (args.length > 0) {
            boolean wantsHelp = List.of("--help", "-h").contains(args[0]);
            (wantsHelp ? System.out : System.err)
                    .print(wantsHelp ? Settings.help() : "unknown option " + args[0] + "; try --help\n");
            System.exit(wantsHelp ? 0 : 2);
        }
        Logger.getLogger("").setLevel(Level.SEVERE);
        LastResort.install();
        try {
            XnioCheck.run();
            Settings settings = Settings.from(System.getenv());
            int shutdownDelay = Shutdown.DELAY.read(System.getenv());
            App app = new App(settings, System.out::println);
            int port = app.start();
            // first, so that who reads that it runs may tell it to end
            Shutdown.prepare(app, shutdownDelay);
            System.out.print(banner(settings.bind(), port));
            System.out.flush();
        } catch (XnioCheck.Mismatch e) {
            System.err.println("Error: " + e.getMessage());
            System.exit(1);
        } catch (Setting.Invalid e) {
            System.err.println("CommandError: " + e.getMessage());
            System.exit(1);
        } catch (IOException | UnresolvedAddressException e) {
            System.err.println(
                    e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")
                            ? "Error: That port is already in use. Set PORT to another one."
                            : "Error: " + settings(e));
            System.exit(1);
        } catch (RuntimeException | Error e) {
            // threads have been started, so the process would stay and serve nobody
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static String settings(Exception e) {
        return e instanceof UnresolvedAddressException ? "BIND names no address of this machine." : e.getMessage();
    }

    /** Returns what runserver says when it starts, without what is Python's. */
    static String banner(String bind, int port) {
        String time = DateTimeFormatter.ofPattern("MMMM dd, yyyy - HH:mm:ss", Locale.ENGLISH)
                .format(LocalDateTime.now());
        return """
                Performing system checks...

                System check identified no issues (0 silenced).
                %s
                Hopyard app version %s on Undertow %s, using settings from the environment
                Starting development server at http://%s:%d/
                Quit the server with CONTROL-C.
                """.formatted(time, VERSION, Version.getVersionString(), bind, port);
    }
}
