package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds words in the form of a well-known token, and credentials behind their authentication scheme. */
final class TokenForms {

    /** Tokens that are known by their beginning, and keys in PEM. */
    private static final Pattern TOKENS = Pattern.compile("eyJ[A-Za-z0-9_.=-]{6,}"
            + "|(?<![A-Za-z0-9])(?:(?:AKIA|ASIA|AIza|EAAC|gh[opsur]_|github_pat_|gl(?:pat|dt|rt|ptt|ft|cbt|imt|soat)-|[rsp]k_(?:live|test|prod)_|whsec_"
            + "|xox[a-z]-|xapp-|ya29\\.|SG\\.|npm_|pypi-|hvs\\.|do[opr]_v1_|sk-|shp[a-z]{2}_|sq0[a-z]{3}-|lin_api_|hf_"
            + "|rubygems_|dckr_pat_|ATATT|glsa_|phc_|tskey-)[A-Za-z0-9_.+/=-]{8,}"
            + "|bot[0-9]+:[A-Za-z0-9_-]{5,})"
            + "|-----BEGIN.*");

    /**
     * Credentials behind their scheme. "basic authentication" is excluded: nginx writes these words into its error log.
     */
    private static final Pattern CREDENTIALS = Pattern.compile(
            "\\b(?:bearer|basic|negotiate|ntlm|token|apikey|dpop)[\\s:]+(?!authentication(?:[\\s\"',;<>]|\\z))([^\\s\"',;<>]{8,})",
            Pattern.CASE_INSENSITIVE);

    /** The two letters that a token may begin with, as one number. */
    private static final BitSet TOKENS_BEGIN =
            pairs("ey AK AS AI EA AT gh gi gl rk sk pk wh xo xa ya SG np py hv do sh sq li hf ru dc ph ts bo --");

    private static final BitSet CREDENTIALS_BEGIN = pairs("be ba ne nt to ap dp");

    private TokenForms() {}

    private static BitSet pairs(String pairs) {
        BitSet numbers = new BitSet();
        for (int i = 0; i < pairs.length(); i += 3) {
            numbers.set(pairs.charAt(i) << 8 | pairs.charAt(i + 1));
        }
        return numbers;
    }

    static void hide(char[] text, int length, BitSet hidden) {
        String all = new String(text, 0, length);
        Matcher token = TOKENS.matcher(all).useTransparentBounds(true);
        Matcher credentials = CREDENTIALS.matcher(all).useTransparentBounds(true);
        int tokenEnd = 0;
        int credentialsEnd = 0;
        for (int i = 0; i + 1 < length; i++) {
            int pair = text[i] << 8 | text[i + 1];
            boolean wordBegins = i == 0 || !RandomRuns.isAlphanumeric(text[i - 1]);
            if (i >= tokenEnd
                    && (wordBegins || text[i] == '-' || text[i] == 'e')
                    && TOKENS_BEGIN.get(pair)
                    && token.region(i, length).lookingAt()) {
                hidden.set(i, token.end());
                tokenEnd = token.end();
            }
            if (wordBegins
                    && i >= credentialsEnd
                    && CREDENTIALS_BEGIN.get(pair | 0x2020)
                    && credentials.region(i, length).lookingAt()) {
                hidden.set(credentials.start(1), credentials.end(1));
                credentialsEnd = credentials.end();
            }
        }
    }
}
