package hopyard.proxy.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** What a certificate says, as OpenSSL writes it. */
public final class CertificateText {

    /** OpenSSL's names for what Java knows by number only. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("1.2.840.113549.1.9.1", "emailAddress"),
            Map.entry("2.5.4.4", "SN"),
            Map.entry("2.5.4.5", "serialNumber"),
            Map.entry("2.5.4.12", "title"),
            Map.entry("2.5.4.13", "description"),
            Map.entry("2.5.4.15", "businessCategory"),
            Map.entry("2.5.4.17", "postalCode"),
            Map.entry("2.5.4.41", "name"),
            Map.entry("2.5.4.42", "GN"),
            Map.entry("2.5.4.43", "initials"),
            Map.entry("2.5.4.46", "dnQualifier"),
            Map.entry("2.5.4.65", "pseudonym"),
            Map.entry("2.5.4.97", "organizationIdentifier"));

    private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

    /** {@code Nov 27 03:55:33 2026 GMT}, with the day in two places. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss yyyy 'GMT'", Locale.ROOT);

    private CertificateText() {}

    /** Returns the certificate in PEM (RFC 7468), with the final line end. */
    public static String pem(X509Certificate certificate) {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded(certificate))
                + "\n-----END CERTIFICATE-----\n";
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the SHA-1 of the certificate in hex digits. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(encoded(certificate)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the serial number in hex digits, an even number of them. */
    public static String serial(X509Certificate certificate) {
        String hex = certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT);
        return hex.length() % 2 == 0 || hex.startsWith("-") ? hex : "0" + hex;
    }

    public static String time(Date when) {
        return TIME.format(Instant.ofEpochMilli(when.getTime()).atOffset(ZoneOffset.UTC));
    }

    /** Returns the days until a certificate expires; 0 if it has. */
    public static long daysLeft(X509Certificate certificate) {
        long millis = certificate.getNotAfter().getTime() - System.currentTimeMillis();
        return Math.max(0, millis / (24 * 3600 * 1000L));
    }

    /** Returns a name in the form of RFC 2253, with bytes beyond ASCII in hex digits. */
    public static String name(X500Principal of) {
        StringBuilder out = new StringBuilder();
        // Java escapes an equals sign within a value, OpenSSL does not
        String name = ESCAPED.matcher(of.getName(X500Principal.RFC2253, NAMES))
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1).equals("=") ? "=" : found.group()));
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            if (each < ' ' || each == 0x7f) {
                out.append("\\%02X".formatted(each & 0xff));
            } else {
                out.append((char) each);
            }
        }
        return out.toString();
    }

    /** Returns a name in the form of RFC 2253 for people, without control characters. */
    static String shown(X500Principal of) {
        return of.getName(X500Principal.RFC2253, NAMES).replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns a name in OpenSSL's old form: {@code /C=DE/CN=x}. */
    public static String oldName(X500Principal of) {
        try {
            List<Rdn> parts = new LdapName(of.getName(X500Principal.RFC2253, NAMES)).getRdns();
            StringBuilder out = new StringBuilder();
            for (Rdn each : parts) {
                out.append('/').append(each.getType()).append('=');
                byte[] value = each.getValue() instanceof byte[] der
                        ? der
                        : each.getValue().toString().getBytes(StandardCharsets.UTF_8);
                for (byte b : value) {
                    out.append(b == '/' || b == '+' ? "\\" : "");
                    out.append(b < ' ' || b > '~' ? "\\x%02X".formatted(b & 0xff) : String.valueOf((char) b));
                }
            }
            return out.toString();
        } catch (InvalidNameException e) {
            throw new IllegalStateException(e);
        }
    }
}
