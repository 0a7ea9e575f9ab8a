package hopyard.proxy.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * OpenSSL's command as a client that speaks TLS in a way of a test's own: versions, ciphers, groups, the name that it
 * asks for, its certificate, its session.
 *
 * @see <a href="https://docs.openssl.org/3.0/man1/openssl-s_client/">openssl-s_client</a>
 */
final class OpenSslClient {

    /** What the two have come to, a line each. */
    private static final Pattern AGREED =
            Pattern.compile("(?m)^(?:(?:New|Reused), .*|Server Temp Key: .*|Peer signature type: .*|ALPN protocol: .*"
                    + "|OCSP response: no .*|    (?:OCSP Response|Cert) Status: .*|Early data was .*"
                    + "| [0-9]+ s:.*)$");

    /** The names of those who may vouch for a client. */
    private static final Pattern ISSUERS = Pattern.compile(
            "Acceptable client certificate CA names\\n(.*?)\\n(?:Client Certificate Types|Requested Signature|---)",
            Pattern.DOTALL);

    /** What went wrong, in OpenSSL's words. */
    private static final Pattern MISTAKE = Pattern.compile(":error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]*)");

    /** What the command says of a ticket, which may come at any time. */
    private static final Pattern TICKET = Pattern.compile(
            "---\\nPost-Handshake New Session Ticket arrived:.*?\\n---\\n(?:read R BLOCK\\n)?", Pattern.DOTALL);

    /** How the command says that the connection is at its end. */
    private static final Pattern END = Pattern.compile("(?:closed|read:errno=[0-9]+)\\n$");

    private OpenSslClient() {}

    /**
     * Shakes hands with a server of this machine, sends a request and reads until the end.
     *
     * @param options of the command
     * @return what came of the handshake, a line for each thing; behind it the response, if there was one
     */
    static List<String> ask(Path directory, int port, List<String> options, String request) throws IOException {
        // without its buffer, what the command says itself does not get into the middle of the response
        List<String> command = new ArrayList<>(List.of("stdbuf", "-o0", "openssl", "s_client", "-ign_eof", "-connect"));
        command.add("127.0.0.1:" + port);
        command.addAll(options);
        Path errors = Files.createTempFile(directory, "s_client", ".errors");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            process.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            process.getOutputStream().close();
        } catch (IOException e) {
            // the handshake has failed before the request was read, which is what is going to be said
        }
        try {
            String said = TICKET.matcher(
                            new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .replaceAll("");
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("openssl s_client has not ended: " + said);
            }
            return List.of(handshake(said, Files.readString(errors, StandardCharsets.ISO_8859_1)), response(said));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
            Files.delete(errors);
        }
    }

    private static String handshake(String said, String errors) {
        int start = responseStart(said);
        String before = start < 0 ? said : said.substring(0, start);
        StringBuilder out = new StringBuilder();
        AGREED.matcher(before)
                .results()
                .map(MatchResult::group)
                .map(String::strip)
                .forEach(line -> out.append("tls: ").append(line).append('\n'));
        Matcher issuers = ISSUERS.matcher(before);
        if (issuers.find()) {
            out.append("tls: asks for ")
                    .append(issuers.group(1).replace("\n", "; "))
                    .append('\n');
        }
        MISTAKE.matcher(errors)
                .results()
                .forEach(mistake -> out.append("tls: ").append(mistake.group(1)).append('\n'));
        if (errors.startsWith("s_client:")) {
            throw new AssertionError(errors);
        }
        return out.toString();
    }

    private static int responseStart(String said) {
        int at = said.indexOf("\nHTTP/1.");
        return at < 0 ? -1 : at + 1;
    }

    private static String response(String said) {
        int start = responseStart(said);
        return start < 0 ? "" : END.matcher(said.substring(start)).replaceFirst("");
    }
}
