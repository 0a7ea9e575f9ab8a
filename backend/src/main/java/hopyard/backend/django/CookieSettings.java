package hopyard.backend.django;

import hopyard.backend.django.Setting.Invalid;

/** The settings of one of Django's two cookies. */
record CookieSettings(
        Setting<String> name,
        Setting<Long> age,
        Setting<String> domain,
        Setting<String> path,
        Setting<Boolean> secure,
        Setting<Boolean> httpOnly,
        Setting<String> sameSite) {

    /**
     * @param whose the first word of the settings' names
     * @param age how long the cookie is kept, in s
     */
    CookieSettings(String whose, String name, String age, boolean httpOnly) {
        this(
                Setting.of(whose + "_COOKIE_NAME", name, "the cookie's name", CookieSettings::token),
                Setting.number(whose + "_COOKIE_AGE", age, "how long browsers keep the cookie, in s"),
                Setting.text(whose + "_COOKIE_DOMAIN", "", "which hosts get it; only the app's own if empty"),
                Setting.text(whose + "_COOKIE_PATH", "/", "below which path it is sent"),
                Setting.bool(whose + "_COOKIE_SECURE", false, "whether it is sent by https only"),
                Setting.bool(whose + "_COOKIE_HTTPONLY", httpOnly, "whether scripts cannot read it"),
                Setting.of(
                        whose + "_COOKIE_SAMESITE",
                        "Lax",
                        "Lax, Strict or None; False leaves it out",
                        CookieSettings::sameSite));
    }

    private static String token(String name, String text) throws Invalid {
        if (!text.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
            throw new Invalid(name + " is \"" + text + "\", but a cookie's name has letters, digits and -_. only");
        }
        return text;
    }

    private static String sameSite(String name, String text) throws Invalid {
        if (text.isEmpty() || text.equalsIgnoreCase("false")) {
            return null;
        }
        if (!text.matches("(?i)lax|strict|none")) {
            throw new Invalid(name + " is \"" + text + "\": samesite must be \"lax\", \"none\", or \"strict\".");
        }
        return text;
    }
}
