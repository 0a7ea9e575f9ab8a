package hopyard.proxy.modules;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.LogWriter;
import hopyard.proxy.io.OpenLogs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Logs whose names have variables. As in nginx, the directory of {@code root} must be there.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_log_module.html#access_log">access_log</a>
 */
final class NamedLogs {

    private final Template name;
    private final OpenLogs files;

    /** @param name the path, with variables */
    NamedLogs(Template name, OpenLogs files) {
        this.name = name;
        this.files = files;
    }

    /** Has the line of a request written. */
    void append(Exchange exchange, String line) {
        String path = name.eval(exchange);
        ErrorLog log = exchange.core().errorLog();
        long connection = exchange.client().serial();
        if (RequestTarget.isUnsafe(path)) {
            log.write(ErrorLog.Level.ERROR, connection, "unsafe log name \"" + path + "\" was detected");
            return;
        }
        String root = FilePath.rootOf(exchange);
        LogWriter.run(() -> {
            try {
                existing(root);
                files.write(path, (line + '\n').getBytes(StandardCharsets.ISO_8859_1));
            } catch (NoSuchDirectory e) {
                log.write(ErrorLog.Level.ERROR, connection, e.getMessage());
            } catch (IOException e) {
                log.write(ErrorLog.Level.CRIT, connection, SystemErrors.open(path, e));
            } catch (InvalidPathException e) {
                log.write(ErrorLog.Level.CRIT, connection, "invalid log name \"" + path + "\"");
            }
        });
    }

    private static final class NoSuchDirectory extends IOException {
        NoSuchDirectory(String root, IOException why) {
            super("testing \"" + root + "\" existence failed (" + SystemErrors.text(why) + ")");
        }
    }

    private static void existing(String root) throws IOException {
        Path directory = Path.of(Paths.fromBytes(root));
        if (!Files.exists(directory)) {
            throw new NoSuchDirectory(root, new NoSuchFileException(root));
        }
        if (!Files.isDirectory(directory)) {
            throw new NoSuchDirectory(root, new NotDirectoryException(root));
        }
    }
}
