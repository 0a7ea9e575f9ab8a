package hopyard.backend.django;

import java.security.SecureRandom;

/** What a request knows of its secret against forgeries. The tokens in pages are the secret, masked anew each time. */
final class CsrfState {

    static final int SECRET_LENGTH = 32;

    static final int TOKEN_LENGTH = 2 * SECRET_LENGTH;

    private static final String CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private static final SecureRandom RANDOM = new SecureRandom();

    private String secret;
    private boolean needsUpdate;

    /** Returns text that nobody can guess. */
    static String random(int length) {
        StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            out.append(CHARS.charAt(RANDOM.nextInt(CHARS.length())));
        }
        return out.toString();
    }

    /** Returns what is wrong with a token or a secret by its form; {@code null} if nothing is. */
    static String mistake(String token) {
        if (token.length() != TOKEN_LENGTH && token.length() != SECRET_LENGTH) {
            return "has incorrect length";
        }
        return token.chars().allMatch(c -> CHARS.indexOf(c) >= 0) ? null : "has invalid characters";
    }

    /** Returns the secret in a token; a secret is its own. */
    static String unmasked(String token) {
        return token.length() == SECRET_LENGTH
                ? token
                : combined(token.substring(SECRET_LENGTH), token.substring(0, SECRET_LENGTH), -1);
    }

    private static String combined(String text, String mask, int sign) {
        StringBuilder out = new StringBuilder(SECRET_LENGTH);
        for (int i = 0; i < SECRET_LENGTH; i++) {
            int sum = CHARS.indexOf(text.charAt(i)) + sign * CHARS.indexOf(mask.charAt(i));
            out.append(CHARS.charAt(Math.floorMod(sum, CHARS.length())));
        }
        return out.toString();
    }

    /** Takes over the secret that the client has. */
    void use(String known) {
        secret = known;
    }

    /** Makes a new secret, which the client is told. */
    void renew() {
        secret = random(SECRET_LENGTH);
        needsUpdate = true;
    }

    String secret() {
        return secret;
    }

    /** Whether the client is told the secret with the response. */
    boolean needsUpdate() {
        return needsUpdate;
    }

    /** Returns a token for a form. */
    String token() {
        if (secret == null) {
            renew();
        }
        needsUpdate = true;
        String mask = random(SECRET_LENGTH);
        return mask + combined(secret, mask, 1);
    }
}
