package hopyard.proxy.record.redaction;

/** The mark in the place of a secret. It says how long the secret was. */
public final class SecretMark {

    private SecretMark() {}

    /** Returns the mark for a secret of that many bytes; an empty one is none. */
    public static String of(int length) {
        return length == 0 ? "" : "[redacted:" + length + "]";
    }

    public static String of(String secret) {
        return of(secret.length());
    }
}
