package hopyard.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.net.spi.URLStreamHandlerProvider;
import java.util.Base64;

/**
 * Gives Java's engine what a server staples to its certificate. The engine asks a responder by itself, and offers no
 * other way. So the responder's URL is one that holds the response, and nothing goes over a network.
 */
public final class StapleUrls extends URLStreamHandlerProvider {

    private static final String SCHEME = "hopyard-staple";

    /** Returns the URL of a responder that always answers so. */
    static String of(Staple staple) {
        return SCHEME + "://responder/" + Base64.getUrlEncoder().encodeToString(staple.bytes());
    }

    @Override
    public URLStreamHandler createURLStreamHandler(String scheme) {
        return !scheme.equals(SCHEME)
                ? null
                : new URLStreamHandler() {
                    @Override
                    protected URLConnection openConnection(URL url) {
                        return new Response(url);
                    }
                };
    }

    private static final class Response extends HttpURLConnection {

        private final byte[] content;

        Response(URL url) {
            super(url);
            // behind a second slash there may be the question
            content = Base64.getUrlDecoder().decode(url.getPath().split("/")[1]);
        }

        @Override
        public void connect() {
            // there is nobody to connect to
        }

        @Override
        public void disconnect() {
            // the same
        }

        @Override
        public boolean usingProxy() {
            return false;
        }

        /** What is asked is not looked at: the engine sees whether the response is about the certificate. */
        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public int getResponseCode() {
            return HTTP_OK;
        }

        @Override
        public int getContentLength() {
            return content.length;
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(content);
        }
    }
}
