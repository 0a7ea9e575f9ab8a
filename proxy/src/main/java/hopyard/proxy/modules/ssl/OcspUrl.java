package hopyard.proxy.modules.ssl;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The URL of who says whether a certificate is revoked. */
final class OcspUrl {

    /** The extension {@code authorityInfoAccess} (RFC 5280 §4.2.2.1). */
    private static final String ACCESS = "1.3.6.1.5.5.7.1.1";

    /** In it, the number that stands for OCSP, and behind it a URI: its tag and its length. */
    private static final Pattern OCSP =
            Pattern.compile("\\x06\\x08\\x2b\\x06\\x01\\x05\\x05\\x07\\x30\\x01\\x86([\\x01-\\x7f])");

    private OcspUrl() {}

    /** Returns the URL that a certificate names; {@code null} if it names none that is spoken here. */
    static URI in(X509Certificate certificate) {
        return texts(certificate)
                .map(OcspUrl::parse)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Returns the first URL that a certificate names, whatever it is; {@code null} if it names none. */
    static String textIn(X509Certificate certificate) {
        return texts(certificate).findFirst().orElse(null);
    }

    private static Stream<String> texts(X509Certificate certificate) {
        byte[] extension = certificate.getExtensionValue(ACCESS);
        if (extension == null) {
            return Stream.empty();
        }
        String bytes = new String(extension, StandardCharsets.ISO_8859_1);
        return OCSP.matcher(bytes)
                .results()
                .filter(found -> found.end() + found.group(1).charAt(0) <= bytes.length())
                .map(found -> bytes.substring(
                        found.end(), found.end() + found.group(1).charAt(0)));
    }

    /** Returns a URL with {@code http:} and a host; {@code null} for any other text. */
    static URI parse(String text) {
        try {
            URI url = URI.create(text);
            return "http".equalsIgnoreCase(url.getScheme()) && url.getHost() != null ? url : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
