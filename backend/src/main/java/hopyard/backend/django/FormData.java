package hopyard.backend.django;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a form has sent: Django's {@code request.POST} and {@code request.FILES}. */
final class FormData {

    /** Nothing. */
    static final FormData NONE = new FormData();

    /**
     * A file that came with a form.
     *
     * @param size in bytes
     */
    record File(String field, String name, int size) {}

    private static final Pattern BOUNDARY =
            Pattern.compile(";\\s*boundary=(\"([^\"]+)\"|[^;\\s]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern DISPOSITION =
            Pattern.compile("(?im)^content-disposition:\\s*form-data\\s*;([^\r\n]*)");
    private static final Pattern PARAMETER = Pattern.compile("(name|filename)=\"([^\"]*)\"");
    private static final int MAX_BOUNDARY = 201;

    private static final String TOO_MUCH = "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.";

    private final Map<String, String> fields = new TreeMap<>();
    private final List<File> files = new ArrayList<>();
    private int count;

    private FormData() {}

    /** Takes apart what has been posted; content of other types is no form. */
    static FormData parse(String type, Content content, DjangoSettings settings) throws Raised {
        String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (media.equals("multipart/form-data")) {
            FormData form = new FormData();
            form.parts(type, content, settings);
            return form;
        }
        if (!media.equals("application/x-www-form-urlencoded")) {
            return NONE;
        }
        Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_MEMORY_SIZE);
        if (max != null && content.length() > max) {
            throw Raised.suspicious("RequestDataTooBig", TOO_MUCH);
        }
        FormData form = new FormData();
        String text = new String(content.bytes(), StandardCharsets.UTF_8);
        parameters(text, settings);
        for (String each : text.split("&")) {
            if (!each.isEmpty()) {
                int equals = each.indexOf('=');
                String name = decoded(equals < 0 ? each : each.substring(0, equals));
                form.add(name, equals < 0 ? "" : decoded(each.substring(equals + 1)));
            }
        }
        return form;
    }

    /** Returns how many parameters are in a query or a form. */
    static int parameters(String text, DjangoSettings settings) throws Raised {
        if (text.isEmpty()) {
            return 0;
        }
        int parameters = 1 + (int) text.chars().filter(c -> c == '&').count();
        check(parameters, settings);
        return parameters;
    }

    private static void check(int fields, DjangoSettings settings) throws Raised {
        Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_NUMBER_FIELDS);
        if (max != null && fields > max) {
            throw Raised.suspicious(
                    "TooManyFieldsSent",
                    "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS.");
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Python leaves what is no percent-encoding as it is
            return text.replace('+', ' ');
        }
    }

    private void add(String name, String value) {
        fields.put(name, value);
        count++;
    }

    private void parts(String type, Content content, DjangoSettings settings) throws Raised {
        Matcher boundary = BOUNDARY.matcher(type);
        if (!boundary.find()) {
            throw Raised.multiPartParserError("Invalid boundary in multipart: None");
        }
        String value = boundary.group(2) == null ? boundary.group(1) : boundary.group(2);
        if (value.length() > MAX_BOUNDARY) {
            throw Raised.multiPartParserError("Invalid boundary in multipart: " + value);
        }
        // one character for each byte
        String text = new String(content.bytes(), StandardCharsets.ISO_8859_1);
        String[] parts = text.split(Pattern.quote("--" + value) + "(--)?\r?\n?", -1);
        long read = 0;
        for (int i = 1; i < parts.length; i++) {
            read = part(parts[i], read, settings);
        }
    }

    /** Takes a part; returns how many bytes the fields have until now. */
    private long part(String part, long read, DjangoSettings settings) throws Raised {
        int end = part.indexOf("\r\n\r\n");
        Matcher disposition = DISPOSITION.matcher(end < 0 ? "" : part.substring(0, end));
        if (!disposition.find()) {
            return read;
        }
        Map<String, String> parameters = new TreeMap<>();
        for (Matcher each = PARAMETER.matcher(disposition.group(1)); each.find(); ) {
            parameters.put(each.group(1).toLowerCase(Locale.ROOT), utf8(each.group(2)));
        }
        String name = parameters.get("name");
        if (name == null) {
            return read;
        }
        String value = part.substring(end + 4).replaceFirst("\r\n$", "");
        if (parameters.containsKey("filename")) {
            Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_NUMBER_FILES);
            if (max != null && files.size() >= max) {
                throw Raised.suspicious(
                        "TooManyFilesSent", "The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES.");
            }
            // a name that wants to go elsewhere does not
            String fileName = parameters.get("filename").replaceFirst("(?s)^.*[/\\\\]", "");
            if (!List.of("", ".", "..").contains(fileName)) {
                files.add(new File(name, fileName, value.length()));
            }
            return read;
        }
        check(count + 1, settings);
        long sum = read + value.length() + name.length() + 2;
        Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_MEMORY_SIZE);
        if (max != null && sum > max) {
            throw Raised.suspicious("RequestDataTooBig", TOO_MUCH);
        }
        add(name, utf8(value));
        return sum;
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** Returns the last value of a field; {@code null} if there is none. */
    String get(String name) {
        return fields.get(name);
    }

    Map<String, String> fields() {
        return fields;
    }

    List<File> files() {
        return files;
    }
}
