package hopyard.proxy.authority;

import hopyard.proxy.tls.Der;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/** Makes the certificates of an authority for localhost, and of localhost, and others to play with (RFC 5280). */
final class CertificateMaker {

    static final Duration AUTHORITY_LASTS = Duration.ofDays(3650);

    /** A day less than what browsers take at most. */
    static final Duration LEAF_LASTS = Duration.ofDays(396);

    /** Certificates are good from a moment before now on, for those whose clock is slow. */
    private static final Duration BEFORE = Duration.ofHours(1);

    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(oid("2a8648ce3d040302"));
    private static final byte[] TRUE = {0x01, 0x01, (byte) 0xff};

    private static final byte[] SUBJECT_KEY_IDENTIFIER = oid("551d0e");
    private static final byte[] KEY_USAGE = oid("551d0f");
    private static final byte[] SUBJECT_ALTERNATIVE_NAME = oid("551d11");
    private static final byte[] BASIC_CONSTRAINTS = oid("551d13");
    private static final byte[] NAME_CONSTRAINTS = oid("551d1e");
    private static final byte[] AUTHORITY_KEY_IDENTIFIER = oid("551d23");
    private static final byte[] EXTENDED_KEY_USAGE = oid("551d25");
    private static final byte[] SERVER_AUTHENTICATION = oid("2b06010505070301");
    private static final byte[] CLIENT_AUTHENTICATION = oid("2b06010505070302");

    /** Key usages, as bit strings with how many of their bits do not count. */
    private static final byte[] MAY_SIGN_CERTIFICATES = {Der.BITS, 2, 2, 0x04};

    private static final byte[] MAY_SIGN = {Der.BITS, 2, 7, (byte) 0x80};

    /** The tags of names (RFC 5280 §4.2.1.6). */
    private static final int DNS = 0x82;

    private static final int IP = 0x87;

    private CertificateMaker() {}

    /**
     * Makes the certificate of an authority. It may vouch for servers whose names end in {@code localhost} and that are
     * at addresses of the loopback; for no other, so a stolen key is of no use elsewhere.
     */
    static X509Certificate authority(KeyPair keys, Instant now) throws GeneralSecurityException {
        byte[] id = id(keys.getPublic());
        // no two have the same name, because some keep them by it
        byte[] name = name("Hopyard local authority " + HexFormat.of().formatHex(id, 0, 4));
        byte[] names = Der.sequence(Der.value(
                0xa0,
                Der.sequence(dns("localhost")),
                Der.sequence(ip("7f000000" + "ff000000")),
                Der.sequence(ip("0".repeat(31) + "1" + "f".repeat(32)))));
        return certificate(
                name,
                name,
                keys.getPublic(),
                keys.getPrivate(),
                now.minus(BEFORE),
                now.plus(AUTHORITY_LASTS),
                extension(BASIC_CONSTRAINTS, true, Der.sequence(TRUE, new byte[] {Der.INTEGER, 1, 0})),
                extension(KEY_USAGE, true, MAY_SIGN_CERTIFICATES),
                extension(NAME_CONSTRAINTS, true, names),
                extension(EXTENDED_KEY_USAGE, false, Der.sequence(SERVER_AUTHENTICATION)),
                extension(SUBJECT_KEY_IDENTIFIER, false, Der.value(Der.OCTETS, id)));
    }

    /**
     * Makes the certificate of localhost, good for no longer than the authority's.
     *
     * @param more other names that end in {@code .localhost}
     */
    static X509Certificate leaf(
            PublicKey key, X509Certificate authority, PrivateKey signing, Collection<String> more, Instant now)
            throws GeneralSecurityException {
        List<byte[]> names = new ArrayList<>(
                List.of(dns("localhost"), dns("*.localhost"), ip("7f000001"), ip("0".repeat(31) + "1")));
        more.forEach(each -> names.add(dns(each)));
        Instant end = now.plus(LEAF_LASTS);
        Instant last = authority.getNotAfter().toInstant();
        return certificate(
                authority.getSubjectX500Principal().getEncoded(),
                name("localhost"),
                key,
                signing,
                now.minus(BEFORE),
                end.isAfter(last) ? last : end,
                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                extension(KEY_USAGE, true, MAY_SIGN),
                extension(EXTENDED_KEY_USAGE, false, Der.sequence(SERVER_AUTHENTICATION)),
                extension(SUBJECT_ALTERNATIVE_NAME, false, Der.sequence(names.toArray(byte[][]::new))),
                extension(SUBJECT_KEY_IDENTIFIER, false, Der.value(Der.OCTETS, id(key))),
                extension(
                        AUTHORITY_KEY_IDENTIFIER, false, Der.sequence(Der.value(0x80, id(authority.getPublicKey())))));
    }

    /** Makes the certificate of an authority to play with, which may vouch for anybody. */
    static X509Certificate playAuthority(KeyPair keys, String common, Instant now) throws GeneralSecurityException {
        byte[] name = name(common);
        return certificate(
                name,
                name,
                keys.getPublic(),
                keys.getPrivate(),
                now.minus(AUTHORITY_LASTS),
                now.plus(LEAF_LASTS),
                extension(BASIC_CONSTRAINTS, true, Der.sequence(TRUE, new byte[] {Der.INTEGER, 1, 0})),
                extension(KEY_USAGE, true, MAY_SIGN_CERTIFICATES),
                extension(SUBJECT_KEY_IDENTIFIER, false, Der.value(Der.OCTETS, id(keys.getPublic()))));
    }

    /**
     * Makes a certificate to play with.
     *
     * @param names the hosts that it is for, as a server's; none for a client's
     */
    static X509Certificate play(
            PublicKey key,
            X509Certificate authority,
            PrivateKey signing,
            String common,
            Collection<String> names,
            Instant from,
            Instant to)
            throws GeneralSecurityException {
        byte[][] hosts = names.stream().map(CertificateMaker::dns).toArray(byte[][]::new);
        return certificate(
                authority.getSubjectX500Principal().getEncoded(),
                name(common),
                key,
                signing,
                from,
                to,
                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                extension(KEY_USAGE, true, MAY_SIGN),
                extension(
                        EXTENDED_KEY_USAGE,
                        false,
                        Der.sequence(hosts.length == 0 ? CLIENT_AUTHENTICATION : SERVER_AUTHENTICATION)),
                hosts.length == 0 ? new byte[0] : extension(SUBJECT_ALTERNATIVE_NAME, false, Der.sequence(hosts)),
                extension(
                        AUTHORITY_KEY_IDENTIFIER, false, Der.sequence(Der.value(0x80, id(authority.getPublicKey())))));
    }

    private static X509Certificate certificate(
            byte[] issuer,
            byte[] subject,
            PublicKey key,
            PrivateKey signing,
            Instant from,
            Instant to,
            byte[]... extensions)
            throws GeneralSecurityException {
        byte[] serial = new byte[16];
        new SecureRandom().nextBytes(serial);
        // positive, and of full length
        serial[0] = (byte) (serial[0] & 0x7f | 0x40);
        byte[] content = Der.sequence(
                // version 3
                Der.value(0xa0, new byte[] {Der.INTEGER, 1, 2}),
                Der.value(Der.INTEGER, serial),
                ECDSA_WITH_SHA256,
                issuer,
                Der.sequence(time(from), time(to)),
                subject,
                key.getEncoded(),
                Der.value(0xa3, Der.sequence(extensions)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(signing);
        signature.update(content);
        byte[] whole = Der.sequence(content, ECDSA_WITH_SHA256, Der.value(Der.BITS, new byte[1], signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] name(String common) {
        return new X500Principal("CN=" + common + ", O=Hopyard playground").getEncoded();
    }

    /** Returns a time: from 2050 on with its century (RFC 5280 §4.1.2.5). */
    private static byte[] time(Instant time) {
        LocalDateTime utc = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
        boolean isShort = utc.getYear() < 2050;
        String text = utc.format(DateTimeFormatter.ofPattern(isShort ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'"));
        return Der.value(isShort ? 0x17 : 0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] extension(byte[] oid, boolean isCritical, byte[] value) {
        return Der.sequence(oid, isCritical ? TRUE : new byte[0], Der.value(Der.OCTETS, value));
    }

    private static byte[] dns(String name) {
        return Der.value(DNS, name.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] ip(String hex) {
        return Der.value(IP, HexFormat.of().parseHex(hex));
    }

    private static byte[] oid(String hex) {
        return Der.value(0x06, HexFormat.of().parseHex(hex));
    }

    /** Returns what a key is known by (RFC 7093 §2, method 1). */
    private static byte[] id(PublicKey key) throws GeneralSecurityException {
        byte[] encoded = key.getEncoded();
        // the point of a P-256 key is at the end: a byte that says that it is not compressed, and two coordinates
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 65, encoded.length);
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(point), 20);
    }
}
