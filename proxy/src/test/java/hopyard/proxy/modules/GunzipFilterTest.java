package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What gunzip makes of gzip's format (RFC 1952), whatever pieces it comes in. */
class GunzipFilterTest {

    private static final String TEXT = "a text that is compressed ".repeat(40);

    private final List<String> failures = new ArrayList<>();

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** Gives it to the filter in pieces of {@code piece} bytes, with room for {@code room} bytes at a time. */
    private String gunzip(byte[] content, int piece, int room) {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        GunzipFilter filter = GunzipFilter.make(failures::add);
        ByteBuffer out = ByteBuffer.allocate(room);
        for (int at = 0; at < content.length; at += piece) {
            ByteBuffer in = ByteBuffer.wrap(content, at, Math.min(piece, content.length - at));
            while (in.hasRemaining()) {
                filter.filter(in, out);
                take(out, made);
            }
        }
        while (!filter.finish(out)) {
            take(out, made);
        }
        take(out, made);
        filter.close();
        return made.toString(StandardCharsets.US_ASCII);
    }

    private static void take(ByteBuffer out, ByteArrayOutputStream made) {
        made.write(out.array(), 0, out.position());
        out.clear();
    }

    /** A member with all that a header may have. */
    private static byte[] withFullHeader(String text) throws IOException {
        byte[] plain = gzip(text);
        byte[] header = join(
                new byte[] {0x1f, (byte) 0x8b, 8, 0x1f, 1, 2, 3, 4, 0, 3, 3, 0, 7, 7, 7},
                "name\0comment\0".getBytes(StandardCharsets.US_ASCII));
        CRC32 sum = new CRC32();
        sum.update(header);
        byte[] sums = {(byte) sum.getValue(), (byte) (sum.getValue() >> 8)};
        return join(header, sums, Arrays.copyOfRange(plain, 10, plain.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100_000})
    void membersOneAfterAnotherInPiecesOfAnySize(int size) throws IOException {
        byte[] all = join(gzip(TEXT), gzip(""), withFullHeader("more"), gzip(TEXT));
        assertEquals(TEXT + "more" + TEXT, gunzip(all, size, 100_000));
        assertEquals(TEXT + "more" + TEXT, gunzip(all, 100_000, size));
        assertEquals(List.of(), failures);
    }

    @Test
    void nothingAtAllIsNoFailure() {
        assertEquals("", gunzip(new byte[0], 1, 10));
        assertEquals(List.of(), failures);
    }

    @Test
    void whatIsNotRightFailsOnceAndTakesTheRestInSilence() throws IOException {
        byte[] right = gzip(TEXT);
        for (int at : new int[] {0, 2, 3, 12, right.length - 8, right.length - 1}) {
            failures.clear();
            byte[] wrong = right.clone();
            wrong[at] ^= (byte) 0xe7;
            gunzip(join(wrong, right), 5, 50);
            assertEquals(List.of("inflate() failed: 0, -3"), failures, "byte " + at);
        }
    }

    @Test
    void anEndBeforeTheEndFails() throws IOException {
        byte[] whole = gzip(TEXT);
        for (int length : new int[] {1, 5, 11, whole.length - 8, whole.length - 1}) {
            failures.clear();
            assertTrue(TEXT.startsWith(gunzip(Arrays.copyOf(whole, length), 3, 1000)));
            assertEquals(List.of("inflate() returned -5 on response end"), failures, length + " bytes");
        }
    }
}
