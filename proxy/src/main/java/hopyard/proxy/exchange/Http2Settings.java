package hopyard.proxy.exchange;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.http.http2.FrameType;
import hopyard.http.server.http2.Http2Limits;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;

/** How HTTP/2 is spoken with clients. Sizes are in bytes. */
public record Http2Settings(boolean isOn, int streams, long preread, long chunk) {

    Http2Settings(SettingsReader in) {
        this(
                in.directive("http2")
                        .byDefault("off")
                        .means("Whether HTTP/2 is spoken, with TLS and, if the client begins with it, without.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("http2_max_concurrent_streams")
                        .byDefault("128")
                        .means("How many requests a connection may carry at a time.")
                        .in(HTTP, SERVER)
                        .number(),
                in.directive("http2_body_preread_size")
                        .byDefault("64k")
                        .means("How much of a body the client may send before it is asked for.")
                        .in(HTTP, SERVER)
                        .read(new Preread(), 0L),
                in.directive("http2_chunk_size")
                        .byDefault("8k")
                        .means("How large the pieces of a response are at most.")
                        .in(HTTP, SERVER, LOCATION)
                        .read(new Chunk(), 0L));
    }

    public static final Settings<Http2Settings> SETTINGS = Settings.of(Http2Settings::new);

    /** Returns the settings of a scope; complete once all levels are merged. */
    public static Http2Settings of(Scope scope) {
        return SETTINGS.of(scope);
    }

    /**
     * Returns what a client may ask of a connection.
     *
     * @param headSize how large the fields of a request may be in all, in bytes
     */
    public Http2Limits limits(long headSize) {
        return new Http2Limits(streams, (int) preread, (int) chunk, headSize);
    }

    private static final class Preread implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            long size = Values.size(d, 0);
            if (size > FrameType.MAX_WINDOW) {
                throw d.directiveError("the maximum body preread buffer size is " + FrameType.MAX_WINDOW);
            }
            return size;
        }
    }

    private static final class Chunk implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            long size = Values.size(d, 0);
            if (size == 0) {
                throw d.error("the http2 chunk size cannot be zero");
            }
            return Math.min(size, FrameType.MAX_LENGTH);
        }
    }
}
