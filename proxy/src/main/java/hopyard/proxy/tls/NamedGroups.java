package hopyard.proxy.tls;

import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The groups for the key exchange (RFC 8446 §4.2.7) by OpenSSL's names, which nginx uses, and by Java's. */
public final class NamedGroups {

    /**
     * A group.
     *
     * @param name OpenSSL's name
     * @param java Java's name
     * @param other other names that OpenSSL takes for it
     */
    private record Group(int number, String name, String java, List<String> other) {}

    private static final List<Group> ALL = List.of(
            new Group(0x0017, "prime256v1", "secp256r1", List.of("P-256", "secp256r1")),
            new Group(0x0018, "secp384r1", "secp384r1", List.of("P-384")),
            new Group(0x0019, "secp521r1", "secp521r1", List.of("P-521")),
            new Group(0x001d, "X25519", "x25519", List.of()),
            new Group(0x001e, "X448", "x448", List.of()),
            new Group(0x0100, "ffdhe2048", "ffdhe2048", List.of()),
            new Group(0x0101, "ffdhe3072", "ffdhe3072", List.of()),
            new Group(0x0102, "ffdhe4096", "ffdhe4096", List.of()),
            new Group(0x0103, "ffdhe6144", "ffdhe6144", List.of()),
            new Group(0x0104, "ffdhe8192", "ffdhe8192", List.of()));

    private NamedGroups() {}

    /** Returns OpenSSL's name of a group, or its number if it has none. */
    static String name(int number) {
        return ALL.stream()
                .filter(each -> each.number == number)
                .findFirst()
                .map(Group::name)
                .orElseGet(() -> "0x%04x".formatted(number));
    }

    /** Returns the number of a group that Java names. */
    static int number(String java) {
        return ALL.stream().filter(each -> each.java.equals(java)).findFirst().orElseThrow().number;
    }

    /** Returns Java's name of a group that has one. */
    static String java(int number) {
        return ALL.stream().filter(each -> each.number == number).findFirst().orElseThrow().java;
    }

    /** Returns OpenSSL's name of a group that has any of its names; that itself if there is none. */
    static String nameOf(String any) {
        return ALL.stream()
                .filter(each ->
                        each.name.equalsIgnoreCase(any) || each.other.stream().anyMatch(any::equalsIgnoreCase))
                .findFirst()
                .map(Group::name)
                .orElse(any);
    }

    /** Returns the names of groups, with colons between them. */
    public static String names(int[] numbers) {
        return String.join(
                ":", Arrays.stream(numbers).mapToObj(NamedGroups::name).toList());
    }

    /**
     * Returns Java's names of the groups in a list of OpenSSL's; {@code null} if one of them does not exist, or is none
     * that Java speaks.
     */
    public static List<String> parse(String list) {
        List<String> out = new ArrayList<>();
        for (String name : list.split(":", -1)) {
            List<String> found = ALL.stream()
                    .filter(each -> each.name.equalsIgnoreCase(name)
                            || each.other.stream().anyMatch(name::equalsIgnoreCase))
                    .map(Group::java)
                    .toList();
            if (found.isEmpty()) {
                return null;
            }
            out.addAll(found);
        }
        return out;
    }

    /** Returns the first name of a list that {@link #parse} does not take; empty if there is none. */
    public static String unknown(String list) {
        return Arrays.stream(list.split(":", -1))
                .filter(name -> parse(name) == null)
                .findFirst()
                .orElse("");
    }

    /**
     * Permits no other groups than these. Java 17 has no setting for them, but asks its constraints for each by its
     * name.
     */
    record Only(Set<String> names) implements AlgorithmConstraints {

        @Override
        public boolean permits(Set<CryptoPrimitive> primitives, String algorithm, AlgorithmParameters parameters) {
            return !primitives.contains(CryptoPrimitive.KEY_AGREEMENT)
                    || names.contains(algorithm.toLowerCase(Locale.ROOT))
                    || ALL.stream().noneMatch(each -> each.java.equalsIgnoreCase(algorithm));
        }

        @Override
        public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
            return true;
        }

        @Override
        public boolean permits(
                Set<CryptoPrimitive> primitives, String algorithm, Key key, AlgorithmParameters parameters) {
            return permits(primitives, algorithm, parameters);
        }
    }
}
