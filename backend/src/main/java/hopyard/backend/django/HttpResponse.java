package hopyard.backend.django;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** A response before it is sent. */
public final class HttpResponse {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String HTML = "text/html; charset=utf-8";

    private final int status;
    private final String content;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private boolean isLogged;

    private HttpResponse(int status, String type, String content) {
        this.status = status;
        this.content = content;
        if (type != null) {
            fields.put("Content-Type", type);
        }
    }

    static HttpResponse html(int status, String content) {
        return new HttpResponse(status, HTML, content);
    }

    static HttpResponse text(int status, String content) {
        return new HttpResponse(status, "text/plain; charset=utf-8", content);
    }

    static HttpResponse json(Object value) {
        try {
            return new HttpResponse(200, "application/json", JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static HttpResponse redirect(int status, String location) {
        HttpResponse response = html(status, "");
        response.set("Location", location);
        return response;
    }

    /** Makes the fields of a response that somebody else gives: the endpoints that are not Django's. */
    static HttpResponse passedOn() {
        return new HttpResponse(200, null, null);
    }

    /** Whether somebody else answers, and takes over the fields. */
    public boolean isPassedOn() {
        return content == null;
    }

    /** Returns the status code. */
    public int status() {
        return status;
    }

    /** Returns the content; {@code null} if somebody else answers. */
    public String content() {
        return content;
    }

    /** Returns the header fields, without cookies. */
    public Map<String, String> fields() {
        return fields;
    }

    /** Returns the values of Set-Cookie. */
    public Iterable<String> cookies() {
        return cookies.values();
    }

    void set(String name, String value) {
        fields.put(name, value);
    }

    void setDefault(String name, String value) {
        fields.putIfAbsent(name, value);
    }

    /** Sets a cookie, in place of one of that name. */
    void setCookie(String name, String field) {
        cookies.put(name, field);
    }

    void varyOnCookie() {
        fields.merge("Vary", "Cookie", (was, more) -> was.contains(more) ? was : was + ", " + more);
    }

    /** Notes that the log has a line for it; returns whether it had one before. */
    boolean logged() {
        boolean was = isLogged;
        isLogged = true;
        return was;
    }
}
