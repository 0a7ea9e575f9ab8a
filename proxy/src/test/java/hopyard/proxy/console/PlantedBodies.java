package hopyard.proxy.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Contents with a secret in them, and with something that is none. */
public final class PlantedBodies {

    private static final String[] NAMES = {
        "password",
        "passwd",
        "Password",
        "token",
        "access_token",
        "refreshToken",
        "client_secret",
        "apiKey",
        "api-key",
        "secret",
        "csrfmiddlewaretoken",
        "sessionid",
        "otp",
        "p\\u0061ssword",
        "user[password]",
        "credentials",
        "pin_code_secret",
    };

    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String MULTIPART = "multipart/form-data; boundary=xYzZy";

    private PlantedBodies() {}

    /** Each with the secret, the type, the content; the same for the same source of chance. */
    public static List<String[]> all(Random random) {
        List<String[]> all = new ArrayList<>();
        for (String name : NAMES) {
            String secret = word(random);
            String form = name.replace("\\u0061", "%61");
            add(all, secret, FORM, "a=visible&%s=" + secret + "&b=c", form);
            add(all, secret, FORM, "%s=" + secret + "+and more&a=visible", form);
            add(all, secret, "application/json", "{\"a\":\"visible\",\"%s\":\"" + secret + "\"}", name);
            add(
                    all,
                    secret,
                    "application/json",
                    "{\n  \"a\": \"visible\",\n  \"%s\"\n :\n \"x\\\"" + secret + "\"\n}\n",
                    name);
            add(all, secret, "application/json", "{\"a\":\"visible\",\"%s\":{\"value\":[1,\"" + secret + "\"]}}", name);
            add(all, secret, "application/json", "{\"a\":\"visible\",\"%s\":\"" + secret, name);
            add(all, secret, "application/json", "{\"a\":\"visible\",\"%s\":[\"x\",{\"y\":\"" + secret, name);
            add(
                    all,
                    secret,
                    "application/json",
                    "{\"a\":[{\"value\":\"" + secret + "\",\"name\":\"%s\"}],\"b\":\"visible\"}",
                    name);
            add(all, secret, "text/plain", "{\"a\":\"visible\"}\n{\"%s\":\"" + secret + "\"}\n", name);
            add(all, secret, "application/vnd.x+json", "[{\"a\":\"visible\"},{\"%s\":\"" + secret + "\"}]", name);
            add(
                    all,
                    secret,
                    MULTIPART,
                    "--xYzZy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvisible\r\n--xYzZy\r\n"
                            + "Content-Disposition: form-data; name=\"%s\"\r\n\r\n" + secret + "\r\n--xYzZy--\r\n",
                    name.replace("\\u0061", "a"));
            if (name.matches("[A-Za-z_]+")) {
                add(all, secret, "application/xml", "<a>visible</a><%1$s>\n  " + secret + "\n</%1$s>", name);
                add(all, secret, "text/html", "<p>visible</p><input name=\"%s\" value=\"" + secret + "\">", name);
                add(all, secret, "text/plain", "visible\n%s: " + secret + "\nmore\n", name);
            }
        }
        for (String type : List.of("text/plain", "application/json", "text/html", "application/octet-stream")) {
            String jwt =
                    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx" + word(random) + "In0." + word(random) + word(random) + "abc";
            all.add(new String[] {jwt, type, "{\"a\":\"visible\",\"b\":\"see " + jwt + "\"}"});
            String key = "AKIAIOSFODNN7" + "EXAMPLE";
            all.add(new String[] {key, type, "{\"a\":\"visible\",\"b\":\"" + key + "\"}"});
            String user = word(random);
            all.add(new String[] {user, type, "visible\nsee http://joe:" + user + "@host.example/x\n"});
        }
        return all;
    }

    private static void add(List<String[]> all, String secret, String type, String content, String name) {
        all.add(new String[] {secret, type, String.format(content, name)});
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }
}
