package hopyard.otlp;

import java.nio.charset.StandardCharsets;

/**
 * What an endpoint says of a batch of which it has not taken all: {@code ExportTracePartialSuccess}. The library does
 * not read it.
 *
 * @param rejected how many spans were not taken; 0 if all were
 * @param message why, in the endpoint's words; may be empty
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#partial-success">OTLP: partial success</a>
 */
record PartialSuccess(long rejected, String message) {

    /** All spans were taken. */
    static final PartialSuccess NONE = new PartialSuccess(0, "");

    private static final int MAX_MESSAGE = 512;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    /** Reads an {@code ExportTraceServiceResponse}; what is none counts as one that says nothing. */
    static PartialSuccess read(byte[] response) {
        try {
            PartialSuccess found = NONE;
            for (Fields fields = new Fields(response, 0, response.length); fields.next(); ) {
                if (fields.number == 1 && fields.wireType == BYTES) {
                    found = partial(new Fields(response, fields.from, fields.to));
                }
            }
            return found;
        } catch (IndexOutOfBoundsException e) {
            // whatever it is, the status says that the batch was taken
            return NONE;
        }
    }

    private static PartialSuccess partial(Fields fields) {
        long rejected = 0;
        String message = "";
        while (fields.next()) {
            if (fields.number == 1 && fields.wireType == VARINT) {
                rejected = fields.value;
            } else if (fields.number == 2 && fields.wireType == BYTES) {
                int length = Math.min(MAX_MESSAGE, fields.to - fields.from);
                message =
                        new String(fields.bytes, fields.from, length, StandardCharsets.UTF_8).replaceAll("\\p{C}", "?");
            }
        }
        return new PartialSuccess(Math.max(0, rejected), message);
    }

    /** The fields of a message, one after the other, as protobuf encodes them. */
    private static final class Fields {
        private final byte[] bytes;
        private final int end;
        private int at;
        private int number;
        private int wireType;
        /** Of a number. */
        private long value;
        /** Of bytes. */
        private int from;

        private int to;

        Fields(byte[] bytes, int from, int to) {
            this.bytes = bytes;
            at = from;
            end = to;
        }

        /**
         * Goes to the next field. Returns false if there is none.
         *
         * @throws IndexOutOfBoundsException if these are no fields
         */
        boolean next() {
            if (at >= end) {
                return false;
            }
            long tag = varint();
            number = (int) (tag >>> 3);
            wireType = (int) (tag & 7);
            switch (wireType) {
                case VARINT -> value = varint();
                case FIXED64 -> skip(Long.BYTES);
                case FIXED32 -> skip(Integer.BYTES);
                case BYTES -> {
                    long length = varint();
                    from = at;
                    skip(length);
                    to = at;
                }
                default -> throw new IndexOutOfBoundsException("wire type " + wireType);
            }
            return true;
        }

        private void skip(long length) {
            if (length < 0 || length > end - at) {
                throw new IndexOutOfBoundsException("a field is longer than its message");
            }
            at += (int) length;
        }

        private long varint() {
            long read = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                skip(1);
                byte next = bytes[at - 1];
                read |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return read;
                }
            }
            throw new IndexOutOfBoundsException("a number is too long");
        }
    }
}
