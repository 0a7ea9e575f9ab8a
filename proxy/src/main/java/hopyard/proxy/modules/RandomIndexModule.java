package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends any of the files of a directory.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_random_index_module.html">ngx_http_random_index_module</a>
 */
final class RandomIndexModule implements Module {

    private static final Settings<RandomSettings> SETTINGS = Settings.of(RandomSettings::new);

    private record RandomSettings(boolean on) {
        RandomSettings(SettingsReader in) {
            this(in.directive("random_index")
                    .byDefault("off")
                    .means("Whether any file of a directory stands for the directory.")
                    .in(LOCATION)
                    .flag());
        }
    }

    @Override
    public Manual manual() {
        return new Manual("random_index", "ngx_http_random_index_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        if (SETTINGS.of(scope).on) {
            location.on(Phase.CONTENT, RandomIndexModule::choose);
        }
    }

    private static Result choose(Exchange exchange) {
        if (!exchange.uri().endsWith("/") || !exchange.method().matches("GET|HEAD|POST")) {
            return Result.NEXT;
        }
        Path directory = FilePath.of(exchange, exchange.uri());
        List<String> names;
        try {
            names = files(directory);
        } catch (IOException e) {
            String error = SystemErrors.text(e);
            boolean isAbsent = error.matches("(2|20|36): .*");
            boolean isDenied = e instanceof AccessDeniedException;
            exchange.log(
                    isAbsent || isDenied ? ErrorLog.Level.ERROR : ErrorLog.Level.CRIT,
                    "opendir() \"" + Paths.toBytes(directory) + "\" failed (" + error + ")");
            exchange.fail(isAbsent ? 404 : isDenied ? 403 : 500);
            return Result.TAKEN;
        }
        if (names.isEmpty()) {
            return Result.NEXT;
        }
        String name = Paths.toBytes(names.get(ThreadLocalRandom.current().nextInt(names.size())));
        if (exchange.trail() != null) {
            exchange.trail()
                    .step(
                            Trail.Kind.INDEX,
                            exchange.location().source().line("random_index"),
                            true,
                            "any of " + names.size() + " files: this time " + name);
        }
        exchange.phases().redirect(exchange.uri() + name, exchange.args());
        return Result.TAKEN;
    }

    /**
     * Returns the names of the regular files in a directory, without hidden ones; a link stands for what it leads to.
     */
    private static List<String> files(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && Files.isRegularFile(entry)) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }
}
