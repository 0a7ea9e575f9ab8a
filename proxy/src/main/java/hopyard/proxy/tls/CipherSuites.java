package hopyard.proxy.tls;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The cipher suites by OpenSSL's names, which nginx uses, and by IANA's, which Java uses. */
public final class CipherSuites {

    /**
     * A suite.
     *
     * @param number its number in TLS
     * @param name OpenSSL's name
     * @param standard IANA's name
     * @param exchange how keys are exchanged
     * @param authentication which kind of key the server has
     * @param cipher the cipher, and {@code bits} its strength
     * @param hash the message authentication
     * @param version the oldest version of TLS that has it
     * @param isDefault whether it is one of {@code DEFAULT}
     */
    record Suite(
            int number,
            String name,
            String standard,
            String exchange,
            String authentication,
            String cipher,
            int bits,
            String hash,
            String version,
            boolean isDefault) {

        // there is one object for each; a record's own comparison is put together when it is first used, of dozens of
        // classes that no archive has
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    /** All of them, the strongest first, as {@code openssl ciphers -stdname -V ALL:COMPLEMENTOFALL} lists them. */
    private static final List<Suite> ALL = read();

    /** Numbers among those of suites that stand for something else (RFC 5746 §3.3, RFC 7507). */
    private static final Map<Integer, String> SIGNALS =
            Map.of(0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600, "TLS_FALLBACK_SCSV");

    private static final Map<String, Suite> BY_STANDARD_NAME = new HashMap<>();
    private static final Map<Integer, Suite> BY_NUMBER = new HashMap<>();

    static {
        for (Suite each : ALL) {
            BY_STANDARD_NAME.put(each.standard, each);
            BY_NUMBER.put(each.number, each);
        }
    }

    private CipherSuites() {}

    private static List<Suite> read() {
        List<Suite> all = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                CipherSuites.class.getResourceAsStream("suites.txt"), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    String[] at = line.split(" ");
                    all.add(new Suite(
                            Integer.parseInt(at[0], 16),
                            at[1],
                            at[2],
                            at[3],
                            at[4],
                            at[5],
                            Integer.parseInt(at[6]),
                            at[7],
                            at[8],
                            at[9].equals("default")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(all);
    }

    static List<Suite> all() {
        return ALL;
    }

    /** Returns the suite that Java names; {@code null} if OpenSSL has none of that name. */
    static Suite of(String standard) {
        return BY_STANDARD_NAME.get(standard);
    }

    /** Returns the number of a suite that Java names; 0 if OpenSSL has none of that name. */
    static int number(String standard) {
        Suite suite = BY_STANDARD_NAME.get(standard);
        return suite == null ? 0 : suite.number;
    }

    /** Returns IANA's name of a suite that OpenSSL has. */
    static String standard(int number) {
        return BY_NUMBER.get(number).standard;
    }

    /** Returns OpenSSL's name for a suite that Java names; Java's if OpenSSL has none. */
    public static String name(String standard) {
        Suite suite = BY_STANDARD_NAME.get(standard);
        return suite == null ? standard : suite.name;
    }

    /** Returns the names of suites, with colons between them, and the number of those without a name. */
    public static String names(int[] numbers) {
        StringBuilder out = new StringBuilder();
        for (int number : numbers) {
            Suite suite = BY_NUMBER.get(number);
            out.append(out.isEmpty() ? "" : ":");
            out.append(suite == null ? SIGNALS.getOrDefault(number, "0x%04x".formatted(number)) : suite.name);
        }
        return out.toString();
    }
}
