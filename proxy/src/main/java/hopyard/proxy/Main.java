package hopyard.proxy;

import hopyard.http.server.XnioCheck;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.Console;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.lint.Lint;
import hopyard.proxy.lint.LintJson;
import hopyard.proxy.lint.LintText;
import hopyard.proxy.lint.checks.Checks;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.server.Configuration;
import hopyard.threads.LastResort;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The {@code hopyard} command: what {@code nginx} does with the same arguments. */
public final class Main {

    private Main() {}

    /** Runs the command; the exit status is 0, or 1 after a message on standard error. */
    public static void main(String[] args) throws InterruptedException {
        Libraries.quiet();
        try {
            XnioCheck.run();
            System.exit(run(CommandLine.parse(args)));
        } catch (CommandLine.Mistake e) {
            System.err.println("nginx: " + e.getMessage());
            System.exit(1);
        } catch (XnioCheck.Mismatch e) {
            System.err.println("nginx: [emerg] " + e.getMessage());
            System.exit(1);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            System.err.println("nginx: [emerg] internal error: " + e + ", at " + e.getStackTrace()[0]);
            System.exit(1);
        }
    }

    private static int run(CommandLine line) throws InterruptedException {
        Path prefix = Path.of(line.prefix != null ? line.prefix : System.getProperty("hopyard.home", "."))
                .toAbsolutePath()
                .normalize();
        if (line.version) {
            printVersion(line, prefix);
            return 0;
        }
        Console console = new Console();
        ConfigurationLoader loader = loader(line, prefix, console);
        if (line.lint) {
            return lint(loader, line.json);
        }
        Configuration configuration;
        try {
            // a command for a running server (-s) must not open the files that this configuration writes to
            configuration = loader.read(null);
            configuration.warnings().forEach(Messages::warn);
            if (line.signal == null) {
                configuration.open();
            }
            if (line.test) {
                configuration.zones().check(null);
                PidFile.test(configuration.pidFile());
                HttpServer.test(configuration);
            }
        } catch (ConfException e) {
            e.warnings().forEach(Messages::warn);
            Messages.emerg(e);
            if (line.test) {
                System.err.println("nginx: configuration file " + loader.file() + " test failed");
            }
            return 1;
        }
        if (line.test) {
            configuration.logFiles().discard();
            return test(line, loader, configuration);
        }
        if (line.signal != null) {
            return Signals.send(line.signal, configuration.pidFile());
        }
        LastResort.install();
        return new Server(loader, configuration, console::attach).run();
    }

    /**
     * Prints what is wrong or risky. Returns 0 if nothing is, 1 if something is, 2 if the configuration does not load.
     */
    private static int lint(ConfigurationLoader loader, boolean asJson) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try {
            Lint lint = Lint.of(loader.inspect(), Checks.all());
            out.print(asJson ? LintJson.of(lint).toPrettyString() + "\n" : LintText.of(lint));
            out.flush();
            return lint.isSerious() ? 1 : 0;
        } catch (ConfException e) {
            Messages.emerg(e);
            return 2;
        }
    }

    /**
     * Returns the loader for the files that the command line names. The modules keep nothing from one load to the next.
     */
    static ConfigurationLoader loader(CommandLine line, Path prefix, Console console) {
        return new ConfigurationLoader(
                ConsoleModule.andAllOthers(console),
                prefix,
                prefix.resolve(line.file),
                Paths.toBytes(line.directives),
                line.errorLog);
    }

    private static void printVersion(CommandLine line, Path prefix) {
        System.err.print(line.details ? Version.details(prefix, Modules.all()) : Version.LINE);
        if (line.help) {
            System.err.println();
            System.err.print(CommandLine.HELP.formatted(prefix));
        }
    }

    private static int test(CommandLine line, ConfigurationLoader loader, Configuration configuration) {
        if (!line.quiet) {
            System.err.println("nginx: the configuration file " + loader.file() + " syntax is ok");
            System.err.println("nginx: configuration file " + loader.file() + " test is successful");
        }
        if (line.dump) {
            for (Map.Entry<String, String> source : configuration.sources().entrySet()) {
                byte[] text = ("# configuration file " + Paths.toBytes(source.getKey()) + ":\n" + source.getValue()
                                + "\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
                try {
                    System.out.write(text);
                } catch (IOException e) {
                    return 1;
                }
            }
            System.out.flush();
        }
        return 0;
    }
}
