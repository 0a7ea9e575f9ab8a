package hopyard.backend.django;

import static hopyard.backend.django.Setting.bool;
import static hopyard.backend.django.Setting.list;
import static hopyard.backend.django.Setting.number;
import static hopyard.backend.django.Setting.patterns;
import static hopyard.backend.django.Setting.text;

import hopyard.backend.django.Setting.Invalid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Django's settings, as far as a proxy in front has to do with them. Their names and defaults are Django's; what is a
 * list there has commas here.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/">Django: settings</a>
 */
public final class DjangoSettings {

    public static final Setting<Boolean> DEBUG =
            bool("DEBUG", true, "whether error pages say what has happened, as in a new project");
    public static final Setting<List<String>> ALLOWED_HOSTS =
            list("ALLOWED_HOSTS", "hosts that requests may be for; .example.com has all below it, * is any");
    public static final Setting<Boolean> USE_X_FORWARDED_HOST =
            bool("USE_X_FORWARDED_HOST", false, "whether X-Forwarded-Host is believed over Host");
    public static final Setting<Boolean> USE_X_FORWARDED_PORT =
            bool("USE_X_FORWARDED_PORT", false, "whether X-Forwarded-Port is believed over the app's own port");
    public static final Setting<List<String>> SECURE_PROXY_SSL_HEADER = Setting.of(
            "SECURE_PROXY_SSL_HEADER",
            "",
            "a header and its value that mean https, such as X-Forwarded-Proto,https",
            DjangoSettings::headerAndValue);
    public static final Setting<String> FORCE_SCRIPT_NAME =
            text("FORCE_SCRIPT_NAME", "", "the path below which the app stands for the outside");

    static final Setting<Boolean> SECURE_SSL_REDIRECT =
            bool("SECURE_SSL_REDIRECT", false, "whether all that is not https is redirected there");
    static final Setting<String> SECURE_SSL_HOST = text("SECURE_SSL_HOST", "", "the host to redirect to");
    static final Setting<List<Pattern>> SECURE_REDIRECT_EXEMPT =
            patterns("SECURE_REDIRECT_EXEMPT", "paths that are not redirected, without their first slash");
    static final Setting<Long> SECURE_HSTS_SECONDS =
            number("SECURE_HSTS_SECONDS", "0", "for how long browsers shall know the app by https only");
    static final Setting<Boolean> SECURE_HSTS_INCLUDE_SUBDOMAINS =
            bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", false, "whether that holds for hosts below it, too");
    static final Setting<Boolean> SECURE_HSTS_PRELOAD =
            bool("SECURE_HSTS_PRELOAD", false, "whether browsers may bring that along");
    static final Setting<Boolean> SECURE_CONTENT_TYPE_NOSNIFF =
            bool("SECURE_CONTENT_TYPE_NOSNIFF", true, "whether browsers must not guess types");
    static final Setting<String> SECURE_REFERRER_POLICY =
            text("SECURE_REFERRER_POLICY", "same-origin", "whom browsers tell where they come from");
    static final Setting<String> SECURE_CROSS_ORIGIN_OPENER_POLICY = text(
            "SECURE_CROSS_ORIGIN_OPENER_POLICY", "same-origin", "which windows may reach the one that opened them");
    static final Setting<String> X_FRAME_OPTIONS =
            text("X_FRAME_OPTIONS", "DENY", "whether other pages may have the app's in a frame");

    static final Setting<Boolean> APPEND_SLASH =
            bool("APPEND_SLASH", true, "whether a path that only a slash is missing from is redirected");
    static final Setting<Boolean> PREPEND_WWW =
            bool("PREPEND_WWW", false, "whether hosts without www. are redirected to those with it");
    static final Setting<List<Pattern>> DISALLOWED_USER_AGENTS =
            patterns("DISALLOWED_USER_AGENTS", "regular expressions for clients that get 403");

    static final CookieSettings SESSION_COOKIE = new CookieSettings("SESSION", "sessionid", "1209600", true);
    static final Setting<Boolean> SESSION_EXPIRE_AT_BROWSER_CLOSE =
            bool("SESSION_EXPIRE_AT_BROWSER_CLOSE", false, "whether a session is over when the browser is closed");
    static final Setting<Boolean> SESSION_SAVE_EVERY_REQUEST =
            bool("SESSION_SAVE_EVERY_REQUEST", false, "whether each request makes the session last longer");

    static final CookieSettings CSRF_COOKIE = new CookieSettings("CSRF", "csrftoken", "31449600", false);
    public static final Setting<List<String>> CSRF_TRUSTED_ORIGINS = Setting.of(
            "CSRF_TRUSTED_ORIGINS",
            "",
            "origins whose forms may be posted here, such as https://*.example.com",
            DjangoSettings::origins);
    static final Setting<Boolean> CSRF_USE_SESSIONS =
            bool("CSRF_USE_SESSIONS", false, "whether the token is kept in the session rather than in a cookie");
    static final Setting<String> CSRF_HEADER_NAME =
            text("CSRF_HEADER_NAME", "HTTP_X_CSRFTOKEN", "the header that may have the token, as WSGI calls it");

    public static final Setting<Long> DATA_UPLOAD_MAX_MEMORY_SIZE =
            number("DATA_UPLOAD_MAX_MEMORY_SIZE", "2621440", "how long content may be, without files, in bytes");
    public static final Setting<Long> DATA_UPLOAD_MAX_NUMBER_FIELDS =
            number("DATA_UPLOAD_MAX_NUMBER_FIELDS", "1000", "how many fields a form may have");
    static final Setting<Long> DATA_UPLOAD_MAX_NUMBER_FILES =
            number("DATA_UPLOAD_MAX_NUMBER_FILES", "100", "how many files may come with a form");
    static final Setting<Long> FILE_UPLOAD_MAX_MEMORY_SIZE = number(
            "FILE_UPLOAD_MAX_MEMORY_SIZE", "2621440", "from which length on Django keeps files on disk, in bytes");

    private static final List<Setting<?>> ALL = List.of(
            DEBUG,
            ALLOWED_HOSTS,
            USE_X_FORWARDED_HOST,
            USE_X_FORWARDED_PORT,
            SECURE_PROXY_SSL_HEADER,
            FORCE_SCRIPT_NAME,
            SECURE_SSL_REDIRECT,
            SECURE_SSL_HOST,
            SECURE_REDIRECT_EXEMPT,
            SECURE_HSTS_SECONDS,
            SECURE_HSTS_INCLUDE_SUBDOMAINS,
            SECURE_HSTS_PRELOAD,
            SECURE_CONTENT_TYPE_NOSNIFF,
            SECURE_REFERRER_POLICY,
            SECURE_CROSS_ORIGIN_OPENER_POLICY,
            X_FRAME_OPTIONS,
            APPEND_SLASH,
            PREPEND_WWW,
            DISALLOWED_USER_AGENTS,
            SESSION_COOKIE.name(),
            SESSION_COOKIE.age(),
            SESSION_COOKIE.domain(),
            SESSION_COOKIE.path(),
            SESSION_COOKIE.secure(),
            SESSION_COOKIE.httpOnly(),
            SESSION_COOKIE.sameSite(),
            SESSION_EXPIRE_AT_BROWSER_CLOSE,
            SESSION_SAVE_EVERY_REQUEST,
            CSRF_COOKIE.name(),
            CSRF_COOKIE.age(),
            CSRF_COOKIE.domain(),
            CSRF_COOKIE.path(),
            CSRF_COOKIE.secure(),
            CSRF_COOKIE.httpOnly(),
            CSRF_COOKIE.sameSite(),
            CSRF_TRUSTED_ORIGINS,
            CSRF_USE_SESSIONS,
            CSRF_HEADER_NAME,
            DATA_UPLOAD_MAX_MEMORY_SIZE,
            DATA_UPLOAD_MAX_NUMBER_FIELDS,
            DATA_UPLOAD_MAX_NUMBER_FILES,
            FILE_UPLOAD_MAX_MEMORY_SIZE);

    private final Map<Setting<?>, Object> values = new HashMap<>();
    private final Map<String, String> environment;

    private DjangoSettings(Map<String, String> environment) throws Invalid {
        this.environment = environment;
        for (Setting<?> each : ALL) {
            values.put(each, each.read(environment));
        }
        if (!get(DEBUG) && get(ALLOWED_HOSTS).isEmpty()) {
            throw new Invalid("You must set settings.ALLOWED_HOSTS if DEBUG is False.");
        }
    }

    /** Reads all of them. */
    public static DjangoSettings from(Map<String, String> environment) throws Invalid {
        return new DjangoSettings(environment);
    }

    /** Returns all that there are, in an order for readers. */
    public static List<Setting<?>> all() {
        return ALL;
    }

    /** Returns the value of a setting; {@code null} is Django's {@code None}. */
    @SuppressWarnings("unchecked") // it was put there by the setting
    public <T> T get(Setting<T> setting) {
        return (T) values.get(setting);
    }

    /** Returns what a setting is, as one would write it into the environment. */
    public String written(Setting<?> setting) {
        return environment.getOrDefault(setting.name(), setting.byDefault());
    }

    /** Returns the name of a header field, for one that may be written as WSGI has it: {@code HTTP_X_REAL_IP}. */
    static String fieldName(String name) {
        return name.startsWith("HTTP_") ? name.substring("HTTP_".length()).replace('_', '-') : name;
    }

    private static List<String> headerAndValue(String name, String text) throws Invalid {
        List<String> parts = Setting.toList(text);
        if (!parts.isEmpty() && parts.size() != 2) {
            throw new Invalid(name + " must be a header name and a value, such as \"X-Forwarded-Proto,https\"");
        }
        return parts.isEmpty() ? parts : List.of(fieldName(parts.get(0)), parts.get(1));
    }

    private static List<String> origins(String name, String text) throws Invalid {
        List<String> origins = Setting.toList(text);
        for (String origin : origins) {
            if (!origin.contains("://")) {
                throw new Invalid("As of Django 4.0, the values in the " + name + " setting must start with a scheme"
                        + " (usually http:// or https://) but found " + origin
                        + ". See the release notes for details.");
            }
        }
        return origins;
    }
}
