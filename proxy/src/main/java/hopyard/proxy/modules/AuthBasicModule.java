package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.RegularFile;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Reading;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/**
 * Decides by name and password whether a client may (RFC 7617).
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html">ngx_http_auth_basic_module</a>
 */
final class AuthBasicModule implements Module {

    /** The largest password file, in bytes: the whole file is read for each request. */
    private static final long MAX_BYTES = 4 << 20;

    private static final Settings<RealmSettings> SETTINGS = Settings.of(RealmSettings::new);

    private record RealmSettings(Template authRealm, Template file) {
        RealmSettings(SettingsReader in) {
            this(
                    in.directive("auth_basic")
                            .byDefault("off")
                            .means("Asks for a name and a password; the text is what the browser shows.")
                            .in(HTTP, SERVER, LOCATION, LIMIT_EXCEPT)
                            .read(new Template.Reader()),
                    in.directive("auth_basic_user_file")
                            .means("The file of names and hashed passwords.")
                            .in(HTTP, SERVER, LOCATION, LIMIT_EXCEPT)
                            .read(new Template.Reader()));
        }
    }

    private record Credentials(String user, String password) {}

    @Override
    public Manual manual() {
        return new Manual("auth_basic", "ngx_http_auth_basic_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    /** Whether a password is asked for in a scope. */
    static boolean isOn(Scope scope) {
        RealmSettings own = SETTINGS.of(scope);
        return own.file != null
                && !(own.authRealm.isConstant() && own.authRealm.text().equals("off"));
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        RealmSettings own = SETTINGS.of(scope);
        if (!isOn(scope)) {
            return;
        }
        Path base = Reading.of(scope).configurationDirectory();
        location.on(Phase.ACCESS, exchange -> check(exchange, own, base));
    }

    private static Result check(Exchange exchange, RealmSettings settings, Path base) {
        String realm = settings.authRealm.eval(exchange);
        if (realm.equals("off")) {
            return Result.NEXT;
        }
        Credentials given = credentials(exchange);
        Trail trail = exchange.trail();
        if (given == null) {
            if (trail != null) {
                trail.step(Trail.Kind.AUTH, realmLine(exchange), false, "no name and password come with the request");
            }
            exchange.log(ErrorLog.Level.INFO, "no user/password was provided for basic authentication");
            return challenge(exchange, settings.authRealm);
        }
        Path file = Paths.under(base, settings.file.eval(exchange));
        if (trail != null) {
            Verdict verdict = verdict(given, file);
            boolean isRight = verdict.status == 0;
            trail.step(
                    Trail.Kind.AUTH,
                    realmLine(exchange),
                    isRight,
                    isRight ? "the password of \"" + given.user + "\" is right" : verdict.mistake);
            return conclude(exchange, verdict, settings.authRealm);
        }
        // reading a file and checking a password take longer than an I/O thread has
        var thread = exchange.ioThread();
        thread.getWorker().execute(() -> {
            Verdict verdict = verdict(given, file);
            thread.execute(() -> {
                if (conclude(exchange, verdict, settings.authRealm) == Result.NEXT) {
                    exchange.phases().proceed();
                }
            });
        });
        return Result.TAKEN;
    }

    /**
     * The result of a check.
     *
     * @param status 0 if the password is right
     * @param mistake the message for the error log; {@code null} for none
     */
    private record Verdict(int status, ErrorLog.Level level, String mistake) {}

    private static Verdict verdict(Credentials given, Path file) {
        try {
            for (String line : RegularFile.read(file, MAX_BYTES).split("\r?\n")) {
                String[] parts = line.split(":", 3);
                if (line.startsWith("#") || parts.length < 2 || !parts[0].equals(given.user)) {
                    continue;
                }
                return isRight(given.password, parts[1])
                        ? new Verdict(0, null, null)
                        : new Verdict(401, ErrorLog.Level.ERROR, "user \"" + given.user + "\": password mismatch");
            }
            return new Verdict(
                    401,
                    ErrorLog.Level.ERROR,
                    "user \"" + given.user + "\" was not found in \"" + Paths.toBytes(file) + "\"");
        } catch (IOException e) {
            boolean absent = e instanceof NoSuchFileException;
            return new Verdict(
                    absent ? 403 : 500,
                    absent ? ErrorLog.Level.ERROR : ErrorLog.Level.CRIT,
                    SystemErrors.open(Paths.toBytes(file), e));
        }
    }

    private static boolean isRight(String password, String stored) {
        try {
            return Passwords.matches(password, stored);
        } catch (IllegalArgumentException e) {
            // to crypt(3), too, a malformed entry is one that no password matches
            return false;
        }
    }

    private static Directive realmLine(Exchange exchange) {
        return exchange.location().source().line("auth_basic");
    }

    private static Result conclude(Exchange exchange, Verdict verdict, Template realm) {
        if (verdict.mistake != null) {
            exchange.log(verdict.level, verdict.mistake);
        }
        return switch (verdict.status) {
            case 0 -> exchange.phases().allow();
            case 401 -> challenge(exchange, realm);
            case 403 -> exchange.phases().deny(403);
            default -> {
                exchange.fail(verdict.status);
                yield Result.TAKEN;
            }
        };
    }

    private static Result challenge(Exchange exchange, Template realm) {
        exchange.responseHeaders().put(Headers.WWW_AUTHENTICATE, "Basic realm=\"" + quoted(exchange, realm) + "\"");
        return exchange.phases().deny(401);
    }

    /**
     * Returns the realm. The value of a variable is escaped, so that it cannot end the quoted-string (RFC 9110 §5.6.4).
     * The text of the configuration stays as it is, as in nginx: {@code auth_basic 'Staff", charset="UTF-8'} is a usual
     * way to add a parameter.
     */
    private static String quoted(Exchange exchange, Template realm) {
        StringBuilder out = new StringBuilder();
        for (Object part : realm.parts()) {
            if (part instanceof Variable variable) {
                String value = variable.get(exchange);
                out.append(value == null ? "" : value.replaceAll("[\"\\\\]", "\\\\$0"));
            } else {
                out.append(part);
            }
        }
        return out.toString();
    }

    /** Returns the name and the password that the client has sent; {@code null} if they are missing or malformed. */
    private static Credentials credentials(Exchange exchange) {
        String header = exchange.header(Headers.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return null;
        }
        try {
            String text =
                    new String(Base64.getDecoder().decode(header.substring(6).trim()), StandardCharsets.ISO_8859_1);
            int colon = text.indexOf(':');
            return colon <= 0 ? null : new Credentials(text.substring(0, colon), text.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            // credentials that are not Base64 count as none
            return null;
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("remote_user", exchange -> {
            Credentials given = credentials(exchange);
            return given == null ? null : given.user;
        });
    }
}
