package hopyard.proxy.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** App servers as people have them behind nginx, each with the directives that pass requests to it. */
public enum AppServer {
    GUNICORN("proxy"),
    GUNICORN_AT_SOCKET("proxy"),
    GUNICORN_WITH_THREADS("proxy"),
    UWSGI_OVER_HTTP("proxy"),
    UWSGI("uwsgi"),
    UWSGI_AT_PORT("uwsgi"),
    PHP_FPM("fastcgi"),
    PHP_FPM_AT_PORT("fastcgi");

    /**
     * What an app server is told about how much it may do.
     *
     * @param workers how many requests it serves at a time; with threads, four times as many
     * @param backlog how many connections may wait
     * @param timeout after how many seconds a worker that is still at the same request is killed; 0 if it is not
     */
    public record Limits(int workers, int backlog, int timeout) {}

    private static final String PHP = "/usr/sbin/php-fpm8.2";
    private static final String UWSGI_PROGRAM = "/usr/bin/uwsgi";
    private static final String GUNICORN_PROGRAM = "/usr/bin/gunicorn";

    private static final Path APPS = Path.of("src/test/resources/apps").toAbsolutePath();
    private static final Path PARAMETERS = Path.of("conf").toAbsolutePath();

    private final String family;

    AppServer(String family) {
        this.family = family;
    }

    /** Returns how its locations are called: {@code /php-fpm/}. */
    public String path() {
        return name().toLowerCase().replace('_', '-');
    }

    /** Whether it listens at a socket of the unix domain rather than at a port. */
    public boolean isAtSocket() {
        return this == GUNICORN_AT_SOCKET || this == UWSGI || this == PHP_FPM;
    }

    /**
     * Whether a worker does nothing but its one request. With threads it does: it takes in whoever connects, and is not
     * killed for a thread that is slow.
     */
    public boolean isBusyWithOne() {
        return this != GUNICORN_WITH_THREADS;
    }

    /** Whether a connection to it can be kept for the next request. */
    public boolean keepsConnections() {
        return !family.equals("uwsgi");
    }

    /**
     * Starts it.
     *
     * @param directory where it may write
     */
    public RealApp start(Path directory, Limits limits) throws IOException {
        if (isAtSocket()) {
            Path socket = directory.resolve(path() + ".sock");
            return new RealApp(directory, socket, command(directory, socket.toString(), limits));
        }
        int port = Ports.free();
        return new RealApp(directory, port, command(directory, "127.0.0.1:" + port, limits));
    }

    private List<String> command(Path directory, String address, Limits limits) throws IOException {
        return switch (this) {
            case GUNICORN, GUNICORN_WITH_THREADS -> gunicorn(address, limits);
            case GUNICORN_AT_SOCKET -> gunicorn("unix:" + address, limits);
            case UWSGI_OVER_HTTP -> uwsgi("--http-socket", address, limits);
            case UWSGI, UWSGI_AT_PORT -> uwsgi("--socket", address, limits);
            case PHP_FPM, PHP_FPM_AT_PORT -> phpFpm(directory, address, limits);
        };
    }

    private List<String> gunicorn(String address, Limits limits) {
        List<String> command =
                new ArrayList<>(List.of(GUNICORN_PROGRAM, "--bind", address, "--chdir", APPS.toString()));
        command.addAll(List.of("--workers", "" + limits.workers, "--backlog", "" + limits.backlog));
        command.addAll(List.of("--timeout", "" + limits.timeout));
        if (this == GUNICORN_WITH_THREADS) {
            command.addAll(List.of("--threads", "4"));
        }
        command.add("app");
        return command;
    }

    /** Debian's uWSGI has Python as a plug-in. */
    private static List<String> uwsgi(String option, String address, Limits limits) {
        List<String> command = new ArrayList<>(List.of(UWSGI_PROGRAM, "--plugin", "python3", option, address));
        command.addAll(List.of("--chmod-socket=666", "--wsgi-file", APPS.resolve("app.py") + ""));
        command.addAll(List.of("--master", "--need-app", "--die-on-term"));
        command.addAll(List.of("--processes", "" + limits.workers, "--listen", "" + limits.backlog));
        if (limits.timeout > 0) {
            command.addAll(List.of("--harakiri", "" + limits.timeout));
        }
        return command;
    }

    private List<String> phpFpm(Path directory, String address, Limits limits) throws IOException {
        boolean isRoot = "root".equals(System.getProperty("user.name"));
        Path conf = Files.writeString(
                directory.resolve(path() + ".conf"),
                """
                [global]
                error_log = %1$s/fpm.log
                daemonize = no
                [www]
                listen = %2$s
                listen.backlog = %4$d
                pm = static
                pm.max_children = %3$d
                request_terminate_timeout = %5$d
                catch_workers_output = no
                php_admin_value[upload_tmp_dir] = %1$s
                php_admin_value[session.save_path] = %1$s
                php_admin_value[post_max_size] = 200M
                php_admin_value[upload_max_filesize] = 200M
                php_admin_value[error_log] =
                php_admin_flag[log_errors] = on
                php_admin_flag[display_errors] = off
                php_admin_flag[html_errors] = off
                """.formatted(directory, address, limits.workers, limits.backlog, limits.timeout)
                        + (isRoot ? "user = root\ngroup = root\n" : ""));
        return List.of(PHP, "-n", "-d", "extension=posix", "-R", "-F", "-y", conf.toString());
    }

    /** Returns the groups of the http block that have it as their only server. */
    String upstreams(RealApp running) {
        return """
                upstream %1$s { server %2$s; }
                upstream %1$s_kept { server %2$s; keepalive 4; }
                """.formatted(path(), running.address());
    }

    /**
     * Returns its locations: {@code /path/}, which gives up after a second, {@code /path/kept/}, which keeps
     * connections, and {@code /path/slow/}, which passes on whatever comes as it comes.
     */
    String locations() {
        String kept = keepsConnections() ? """
                location /@PATH@/kept/ {
                    @KEEP@
                    rewrite ^/@PATH@/kept(/.*)$ $1 break;
                    @PASS@@PATH@_kept;
                }
                """ : "";
        return ("""
                location /@PATH@/ {
                    @FAMILY@_read_timeout 1s;
                    rewrite ^/@PATH@(/.*)$ $1 break;
                    @PASS@@PATH@;
                }
                location /@PATH@/slow/ {
                    @FAMILY@_buffering off;
                    @FAMILY@_request_buffering off;
                    @PASS@@PATH@;
                }
                """ + kept)
                .replace("@KEEP@", keep())
                .replace("@PASS@", pass())
                .replace("@PATH@", path())
                .replace("@FAMILY@", family);
    }

    private String keep() {
        return family.equals("proxy")
                ? "proxy_http_version 1.1; proxy_set_header Connection \"\";"
                : "fastcgi_keep_conn on;";
    }

    private String pass() {
        return switch (family) {
            case "proxy" -> "proxy_pass http://";
            case "uwsgi" -> "include %s/uwsgi_params; uwsgi_pass ".formatted(PARAMETERS);
            default -> """
                include %s/fastcgi_params;
                fastcgi_param SCRIPT_FILENAME %s/app.php;
                fastcgi_param PATH_INFO $uri;
                fastcgi_pass \
                """.formatted(PARAMETERS, APPS);
        };
    }

    /** Skips the test where a program is not there, and says so; under CI=true that is a failure. */
    public static void require() {
        for (String program : List.of(PHP, UWSGI_PROGRAM, GUNICORN_PROGRAM)) {
            boolean present = Files.isExecutable(Path.of(program));
            String missing =
                    program + " is not installed (apt-get install php-fpm uwsgi uwsgi-plugin-python3 gunicorn)";
            if (!present && "true".equals(System.getenv("CI"))) {
                Assertions.fail(missing);
            }
            Assumptions.assumeTrue(present, "skipped: " + missing);
        }
    }
}
