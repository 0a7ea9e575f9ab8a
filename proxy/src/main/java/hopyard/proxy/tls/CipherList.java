package hopyard.proxy.tls;

import hopyard.proxy.tls.CipherSuites.Suite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * OpenSSL's language for lists of cipher suites, which {@code ssl_ciphers} is written in.
 *
 * @see <a href="https://docs.openssl.org/3.0/man1/openssl-ciphers/#cipher-list-format">openssl-ciphers</a>
 */
public final class CipherList {

    private static final Map<String, Predicate<Suite>> WORDS = new HashMap<>();

    static {
        put("ALL", s -> !s.cipher().equals("None"));
        put("COMPLEMENTOFALL eNULL NULL", s -> s.cipher().equals("None"));
        put("COMPLEMENTOFDEFAULT", s -> !s.isDefault() && !s.cipher().equals("None"));
        put("HIGH", s -> s.bits() >= 128 && !isMedium(s));
        put("MEDIUM", CipherList::isMedium);
        put("LOW EXP EXPORT", s -> false);
        put("kRSA", s -> s.exchange().equals("RSA"));
        put("RSA", s -> s.exchange().equals("RSA") && s.authentication().equals("RSA"));
        put("aRSA", s -> s.authentication().equals("RSA"));
        put("kDHE kEDH DH", s -> s.exchange().equals("DH"));
        put("DHE EDH", s -> s.exchange().equals("DH") && !isAnonymous(s));
        put("ADH", s -> s.exchange().equals("DH") && isAnonymous(s));
        put("kEECDH kECDHE ECDH", s -> s.exchange().equals("ECDH"));
        put("ECDHE EECDH", s -> s.exchange().equals("ECDH") && !isAnonymous(s));
        put("AECDH", s -> s.exchange().equals("ECDH") && isAnonymous(s));
        put("aNULL", CipherList::isAnonymous);
        put("aDSS DSS", s -> s.authentication().equals("DSS"));
        put("aECDSA ECDSA", s -> s.authentication().equals("ECDSA"));
        put("PSK", s -> s.exchange().endsWith("PSK"));
        put("kPSK", s -> s.exchange().equals("PSK"));
        put("kECDHEPSK", s -> s.exchange().equals("ECDHEPSK"));
        put("kDHEPSK", s -> s.exchange().equals("DHEPSK"));
        put("kRSAPSK", s -> s.exchange().equals("RSAPSK"));
        put("aPSK", s -> s.authentication().equals("PSK"));
        put("kSRP SRP", s -> s.exchange().equals("SRP"));
        put("TLSv1.2", s -> s.version().equals("TLSv1.2"));
        put("TLSv1 TLSv1.0", s -> s.version().equals("TLSv1"));
        put("SSLv3", s -> s.version().equals("SSLv3"));
        put("AES", s -> s.cipher().startsWith("AES"));
        put("AES128", s -> s.cipher().startsWith("AES") && s.bits() == 128);
        put("AES256", s -> s.cipher().startsWith("AES") && s.bits() == 256);
        put("AESGCM", s -> s.cipher().equals("AESGCM"));
        put("AESCCM", s -> s.cipher().startsWith("AESCCM"));
        put("AESCCM8", s -> s.cipher().equals("AESCCM8"));
        put("CHACHA20", s -> s.cipher().startsWith("CHACHA20"));
        put("CAMELLIA", s -> s.cipher().equals("Camellia"));
        put("CAMELLIA128", s -> s.cipher().equals("Camellia") && s.bits() == 128);
        put("CAMELLIA256", s -> s.cipher().equals("Camellia") && s.bits() == 256);
        put("ARIA ARIAGCM", s -> s.cipher().equals("ARIAGCM"));
        put("ARIA128", s -> s.cipher().equals("ARIAGCM") && s.bits() == 128);
        put("ARIA256", s -> s.cipher().equals("ARIAGCM") && s.bits() == 256);
        put("3DES DES RC4 RC2 IDEA SEED MD5 kGOST aGOST GOST", s -> false);
        put("SHA SHA1", s -> s.hash().equals("SHA1"));
        put("SHA256", s -> s.hash().equals("SHA256"));
        put("SHA384", s -> s.hash().equals("SHA384"));
    }

    private final List<Suite> chosen = new ArrayList<>();
    private final List<Suite> killed = new ArrayList<>();

    private CipherList() {}

    private static void put(String names, Predicate<Suite> which) {
        for (String name : names.split(" ")) {
            WORDS.put(name, which);
        }
    }

    private static boolean isMedium(Suite suite) {
        return suite.cipher().equals("3DES");
    }

    private static boolean isAnonymous(Suite suite) {
        return suite.authentication().equals("None");
    }

    /**
     * Returns IANA's names of the suites that a list comes to, the preferred one first. It has none of TLS 1.3, which
     * are no matter of the list. Words that mean nothing are passed over, as in OpenSSL.
     */
    public static List<String> parse(String list) {
        CipherList its = new CipherList();
        for (String each : list.split("[:, ;]+")) {
            its.apply(each);
        }
        return its.chosen.stream().map(Suite::standard).toList();
    }

    /**
     * Returns those of the same that are spoken here; empty if none is. Others have no name in either engine, or need
     * what cannot be configured.
     *
     * @param byServer whether they are for a server's side, which would need parameters of its own for DHE
     */
    public static List<String> spoken(String list, boolean byServer) {
        return parse(list).stream().filter(name -> isSpoken(name, byServer)).toList();
    }

    /** Whether a list has no other commands than OpenSSL's: the order by strength, and a level of security. */
    public static boolean isValid(String list) {
        return Arrays.stream(list.split("[:, ;]+"))
                .allMatch(each -> !each.startsWith("@") || each.matches("@STRENGTH|@SECLEVEL=[0-5]"));
    }

    private static boolean isSpoken(String standard, boolean byServer) {
        return !standard.matches("TLS_(.*PSK|SRP|.*anon).*|.*_(NULL|CCM|CCM_8|ARIA|CAMELLIA|SEED)(_.*)?")
                && !(byServer && standard.startsWith("TLS_DHE_"));
    }

    private void apply(String element) {
        if (element.isEmpty() || element.startsWith("@")) {
            if (element.equals("@STRENGTH")) {
                chosen.sort(Comparator.comparingInt(Suite::bits).reversed());
            }
            return;
        }
        char sign = element.charAt(0);
        boolean isSigned = sign == '!' || sign == '-' || sign == '+';
        String words = isSigned ? element.substring(1) : element;
        if (!isSigned && words.equals("DEFAULT")) {
            add(Suite::isDefault);
            return;
        }
        Predicate<Suite> which = which(words);
        switch (sign) {
            case '!' -> {
                killed.addAll(CipherSuites.all().stream().filter(which).toList());
                chosen.removeIf(which);
            }
            case '-' -> chosen.removeIf(which);
            case '+' -> {
                List<Suite> moved = chosen.stream().filter(which).toList();
                chosen.removeAll(moved);
                chosen.addAll(moved);
            }
            default -> add(which);
        }
    }

    private void add(Predicate<Suite> which) {
        CipherSuites.all().stream()
                .filter(suite -> !suite.version().equals("TLSv1.3"))
                .filter(which)
                .filter(suite -> !chosen.contains(suite) && !killed.contains(suite))
                .forEach(chosen::add);
    }

    /** Returns what several words, with a plus between them, have in common. */
    private static Predicate<Suite> which(String words) {
        return Arrays.stream(words.split("\\+")).map(CipherList::word).reduce(s -> true, Predicate::and);
    }

    private static Predicate<Suite> word(String word) {
        Predicate<Suite> known = WORDS.get(word);
        return known != null
                ? known
                : suite -> suite.name().equals(word) || suite.standard().equals(word);
    }
}
