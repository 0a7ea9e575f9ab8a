package hopyard.proxy.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Heads that are made to be expensive to redact. */
final class HostileHeads {

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";

    /** What a long value is made of, by the number of the repetition. */
    private static final List<IntFunction<String>> PIECES = List.of(
            i -> "%25",
            i -> "%2525",
            i -> "%%%%252525",
            i -> "\\u0025",
            i -> "@%40",
            i -> "=%3D",
            i -> "a%3Db=c",
            i -> "http://u:p@h/",
            i -> "http%3A%2F%2Fu:p@h%2F",
            i -> "?u=http://h/?a=",
            i -> "a=b&",
            i -> "=&;",
            i -> "a=;",
            i -> ";secure",
            i -> ";path=/",
            i -> "a=\"",
            i -> "{\"a\":",
            i -> "{\"token\":[",
            i -> "token=\"&",
            i -> "token='a\\\"",
            i -> "abcdefghijkl",
            i -> "\"",
            i -> "\\\"",
            i -> "@",
            i -> "a:b@",
            i -> "//u:@",
            i -> "eyJ",
            i -> "ey",
            i -> "eyJaaaaaa ",
            i -> "s-",
            i -> "sk-aaaa ",
            i -> "bearer ",
            i -> "bearer:: ",
            i -> "a-",
            i -> "xey-",
            i -> "xEy-",
            i -> "toke",
            i -> "authoria",
            i -> "/a",
            i -> "/reset/a",
            i -> "#",
            i -> ":1",
            i -> ": ",
            i -> "<",
            i -> "a ",
            i -> "aaa,",
            i -> "qop=a,",
            i -> "a:b:c@",
            i -> "bearer:::::::;",
            i -> "aIn=",
            i -> "monkey=",
            i -> "/token/aaaaaaaa",
            i -> "/reset/1/",
            i -> "(token:=",
            i -> "(token:=http/",
            i -> "token is ",
            i -> "token-",
            i -> "'token' => '",
            i -> "<token>",
            i -> "&lt;token&gt;",
            i -> "&#37;25",
            i -> "name=token&value=",
            i -> "\u00d0\u00bf=",
            i -> "\u00e2\u0080\u008b",
            i -> "\u00f0\u009d\u0090\u00ad",
            i -> "\u00e2" + (char) (0x80 + i % 64) + (char) (0x80 + i / 64 % 64),
            i -> "aB3/",
            i -> "aB3x-",
            i -> "a.b-",
            i -> "services/T00/",
            i -> "0123456789abcdef",
            i -> word(i) + " ",
            i -> word(i) + "=" + i + "&");

    private HostileHeads() {}

    /** A word that is not the same as one with another number. */
    static String word(int i) {
        StringBuilder word = new StringBuilder("z");
        for (int rest = i; rest > 0 || word.length() < 3; rest /= LETTERS.length()) {
            word.append(LETTERS.charAt(rest % LETTERS.length()));
        }
        return word.toString();
    }

    /** Heads of about that many bytes, in lines of that many bytes each. */
    static List<byte[]> of(int size, int line) {
        List<byte[]> heads = new ArrayList<>();
        for (IntFunction<String> piece : PIECES) {
            for (String name :
                    List.of("X-Any: ", "Cookie: a=", "Set-Cookie: a=b;", "WWW-Authenticate: Digest a=", "")) {
                heads.add(head(size, line, i -> name, piece));
            }
        }
        heads.add(head(size, 8, i -> word(i) + ":", i -> "aaaaaaaaa"));
        heads.add(head(size, 12, i -> word(i) + "-any-key-of:", i -> "x"));
        heads.add(head(size, 16, i -> "a: ", i -> word(i) + "-@"));
        heads.add(head(size, line, i -> "a-".repeat(line / 2 - 8) + word(i) + ": ", i -> "a"));
        return heads;
    }

    private static byte[] head(int size, int line, IntFunction<String> name, IntFunction<String> piece) {
        StringBuilder head = new StringBuilder(size + line);
        for (int i = 0, n = 0; head.length() < size; i++) {
            int end = head.length() + line;
            head.append(name.apply(i));
            do {
                head.append(piece.apply(n++));
            } while (head.length() < end);
            head.append("\r\n");
        }
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
