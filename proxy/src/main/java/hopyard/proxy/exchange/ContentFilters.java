package hopyard.proxy.exchange;

import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;

/** What filters that change the content of a response do with its fields, and how they get into its way. */
public final class ContentFilters {

    private ContentFilters() {}

    /** Whether a response has content that a filter can change: not if it answers HEAD, or is 204 or 304. */
    public static boolean haveContent(Exchange exchange) {
        int status = exchange.response().status();
        return status >= 200
                && status != 204
                && status != 304
                && !exchange.method().equals("HEAD");
    }

    /**
     * Removes the length, which nobody knows any more. So the content is sent whole, and not in ranges. A subrequest,
     * whose header nobody gets, keeps the length, as in nginx: it limits what is kept of the content in memory.
     */
    public static void forgetLength(Exchange exchange) {
        if (!exchange.isSubrequest()) {
            exchange.responseHeaders().remove(Headers.CONTENT_LENGTH);
        }
        exchange.put(RangeRequest.KEY, null);
    }

    /** Makes a strong ETag weak: the changed content has other bytes than the tag stands for (RFC 9110 §8.8.1). */
    public static void weakenTag(HeaderMap out) {
        String tag = out.getFirst(Headers.ETAG);
        if (tag != null && tag.startsWith("\"")) {
            out.put(Headers.ETAG, "W/" + tag);
        } else if (tag != null && !tag.startsWith("W/")) {
            out.remove(Headers.ETAG);
        }
    }

    /**
     * Removes Last-Modified and ETag, or keeps the one and makes the other weak.
     *
     * @param keepsDate whether the directive {@code …_last_modified} of the filter's module is on
     */
    public static void changeTag(HeaderMap out, boolean keepsDate) {
        if (keepsDate) {
            weakenTag(out);
        } else {
            out.remove(Headers.LAST_MODIFIED);
            out.remove(Headers.ETAG);
        }
    }

    /**
     * Lets the content pass a filter. To be called from a {@link HeaderFilter}, if the response
     * {@linkplain #haveContent has content}.
     *
     * @param filter is closed when the exchange is over
     */
    public static void add(Exchange exchange, FilterPlace place, ContentFilter filter) {
        exchange.lifetime().onEnd(filter::close);
        exchange.response().filter(place, (factory, http) -> {
            FilterConduit conduit = new FilterConduit(factory.create(), http, filter);
            exchange.lifetime().onEnd(conduit::close);
            return conduit;
        });
    }
}
