package hopyard.proxy.tls;

import java.io.ByteArrayOutputStream;

/** Values in DER (X.690): each with its tag and its length before it. */
public final class Der {

    public static final int INTEGER = 0x02;
    public static final int BITS = 0x03;
    public static final int OCTETS = 0x04;
    public static final int SEQUENCE = 0x30;

    private Der() {}

    /** Returns a sequence of values. */
    public static byte[] sequence(byte[]... parts) {
        return value(SEQUENCE, parts);
    }

    /** Returns a value whose content is of several parts, of less than 64 KiB together. */
    public static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] each : parts) {
            content.writeBytes(each);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() >= 1 << 8) {
            out.write(0x82);
            out.write(content.size() >> 8);
        } else if (content.size() >= 1 << 7) {
            out.write(0x81);
        }
        out.write(content.size());
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
