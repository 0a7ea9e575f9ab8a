package hopyard.backend.traces;

import hopyard.backend.django.Setting;
import hopyard.backend.django.Setting.Invalid;
import hopyard.otel.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the environment says of traces, by OpenTelemetry's names. An empty variable is one that is not set.
 *
 * @param endpoint where spans go; with a path it speaks OTLP/HTTP, without one OTLP/gRPC
 * @param headers go with each batch
 * @param certificate the file of certificates to trust; {@code null} for those that Java trusts
 * @param resource what is said of this process with each batch, such as {@code service.name}
 * @param delayMillis how long a span may wait for others to be sent with
 * @param batchSize how many spans are sent at a time at most
 * @param queueSize how many may wait; others are dropped
 * @see <a href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">OpenTelemetry:
 *     environment variables</a>
 */
public record TraceSettings(
        URI endpoint,
        Map<String, String> headers,
        Path certificate,
        Map<String, String> resource,
        Sampler sampler,
        int delayMillis,
        int batchSize,
        int queueSize) {

    private static final String BEFORE = "the same for traces alone; comes before the other";

    private static final Setting<Boolean> DISABLED =
            of("OTEL_SDK_DISABLED", "false", "true exports nothing, whatever else is set", TraceSettings::flag);
    private static final Setting<Boolean> EXPORTER =
            of("OTEL_TRACES_EXPORTER", "otlp", "none exports nothing", TraceSettings::exporter);
    private static final Setting<URI> ENDPOINT = of(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "",
            "where traces go, http://host:4318 (/v1/traces is added) or, for grpc, http://host:4317; nowhere if empty",
            TraceSettings::url);
    private static final Setting<URI> TRACES_ENDPOINT = of(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "",
            "the same, but nothing is added to it; comes before the other",
            TraceSettings::url);
    private static final Setting<Boolean> PROTOCOL =
            of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "http/protobuf or grpc", TraceSettings::isGrpc);
    private static final Setting<Boolean> TRACES_PROTOCOL = of(
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "",
            BEFORE,
            (name, text) -> text.isEmpty() ? null : isGrpc(name, text));
    private static final Setting<Map<String, String>> TRACES_HEADERS =
            of("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "", BEFORE, TraceSettings::pairs);
    private static final Setting<Path> TRACES_CERTIFICATE =
            of("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "", BEFORE, TraceSettings::file);
    private static final Setting<Map<String, String>> HEADERS = of(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "",
            "name=value,… to send with them, values percent-encoded",
            TraceSettings::pairs);
    private static final Setting<Path> CERTIFICATE = of(
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "",
            "a file of certificates (PEM) to trust for https in place of Java's own",
            TraceSettings::file);
    private static final Setting<String> SERVICE_NAME =
            of("OTEL_SERVICE_NAME", "", "what this app is called there; HOP_NAME if empty", (name, text) -> text);
    private static final Setting<Map<String, String>> RESOURCE = of(
            "OTEL_RESOURCE_ATTRIBUTES",
            "",
            "name=value,… said of this app with them, values percent-encoded",
            TraceSettings::pairs);
    private static final Setting<String> SAMPLER = of(
            "OTEL_TRACES_SAMPLER",
            "parentbased_always_on",
            "which requests: always_on, always_off or traceidratio, or with parentbased_ before it: as traceparent says",
            (name, text) -> text);
    private static final Setting<Double> SAMPLER_ARG =
            of("OTEL_TRACES_SAMPLER_ARG", "1", "the ratio for traceidratio, from 0 to 1", TraceSettings::ratio);
    private static final Setting<Integer> DELAY =
            number("OTEL_BSP_SCHEDULE_DELAY", "5000", "how long a span may wait for others to be sent with, in ms");
    private static final Setting<Integer> BATCH =
            number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", "how many spans are sent at a time at most");
    private static final Setting<Integer> QUEUE =
            number("OTEL_BSP_MAX_QUEUE_SIZE", "2048", "how many spans may wait; others are dropped");

    private static final List<Setting<?>> ALL = List.of(
            ENDPOINT,
            TRACES_ENDPOINT,
            PROTOCOL,
            TRACES_PROTOCOL,
            HEADERS,
            TRACES_HEADERS,
            CERTIFICATE,
            TRACES_CERTIFICATE,
            SERVICE_NAME,
            RESOURCE,
            SAMPLER,
            SAMPLER_ARG,
            DELAY,
            BATCH,
            QUEUE,
            EXPORTER,
            DISABLED);

    private static final String SERVICE = "service.name";

    private static final int MAX_NUMBER = 600_000;

    /** Returns all that there are, in an order for readers. */
    public static List<Setting<?>> all() {
        return ALL;
    }

    /** Whether what a setting is set to is nobody's business. */
    public static boolean isSecret(Setting<?> setting) {
        return setting == HEADERS || setting == TRACES_HEADERS;
    }

    /**
     * Reads them.
     *
     * @param hopName what the app is called if nothing is said
     * @return {@code null} if nothing is to be exported
     */
    public static TraceSettings from(Map<String, String> environment, String hopName) throws Invalid {
        // what makes no sense is said, whether it is needed or not
        boolean isOff = DISABLED.read(environment) | !EXPORTER.read(environment);
        URI base = ENDPOINT.read(environment);
        URI whole = TRACES_ENDPOINT.read(environment);
        Boolean isTracesGrpc = TRACES_PROTOCOL.read(environment);
        boolean isGrpc = PROTOCOL.read(environment);
        if (isTracesGrpc != null) {
            isGrpc = isTracesGrpc;
        }
        Map<String, String> headers = HEADERS.read(environment);
        Map<String, String> tracesHeaders = TRACES_HEADERS.read(environment);
        Path certificate = CERTIFICATE.read(environment);
        Path tracesCertificate = TRACES_CERTIFICATE.read(environment);
        Map<String, String> resource = new LinkedHashMap<>(RESOURCE.read(environment));
        String name = SERVICE_NAME.read(environment);
        resource.putIfAbsent(SERVICE, hopName);
        if (!name.isEmpty()) {
            resource.put(SERVICE, name);
        }
        Sampler sampler = Sampler.of(SAMPLER.name(), SAMPLER.read(environment), SAMPLER_ARG.read(environment));
        int queue = QUEUE.read(environment);
        int batch = BATCH.read(environment);
        if (batch > queue) {
            throw new Invalid(BATCH + " is " + batch + ", but must not be more than " + QUEUE + ", which is " + queue);
        }
        TraceSettings settings = new TraceSettings(
                isGrpc
                        ? withoutPath(whole == null ? base : whole)
                        : whole == null ? withTracesPath(base) : withPath(whole),
                tracesHeaders.isEmpty() ? headers : tracesHeaders,
                tracesCertificate == null ? certificate : tracesCertificate,
                resource,
                sampler,
                DELAY.read(environment),
                batch,
                queue);
        return isOff || settings.endpoint == null ? null : settings;
    }

    /** Returns what the exporter has to know of them. */
    Settings ofExporter() {
        return new Settings(
                endpoint.toString(),
                Duration.ofMillis(delayMillis),
                batchSize,
                queueSize / batchSize,
                headers,
                certificate,
                resource);
    }

    private static <T> Setting<T> of(String name, String byDefault, String meaning, Setting.Reader<T> reader) {
        return Setting.of(
                name, byDefault, meaning, (setting, text) -> reader.read(setting, text.isEmpty() ? byDefault : text));
    }

    private static Setting<Integer> number(String name, String byDefault, String meaning) {
        return of(name, byDefault, meaning, TraceSettings::positive);
    }

    private static URI withTracesPath(URI base) {
        return base == null ? null : URI.create(base.toString().replaceFirst("/$", "") + "/v1/traces");
    }

    private static URI withPath(URI url) throws Invalid {
        if (url.getPath().matches("/?")) {
            throw new Invalid(TRACES_ENDPOINT + " has no path, but must have one for " + PROTOCOL
                    + "=http/protobuf: /v1/traces mostly");
        }
        return url;
    }

    private static URI withoutPath(URI url) {
        return url == null ? null : URI.create(url.getScheme() + "://" + url.getRawAuthority());
    }

    private static Boolean flag(String name, String text) throws Invalid {
        if (!text.matches("(?i)true|false")) {
            throw new Invalid(name + " is \"" + text + "\", but must be true or false");
        }
        return Boolean.valueOf(text);
    }

    private static Boolean exporter(String name, String text) throws Invalid {
        if (!text.matches("otlp|none")) {
            throw new Invalid(name + " is \"" + text + "\", but must be otlp or none");
        }
        return text.equals("otlp");
    }

    private static Boolean isGrpc(String name, String text) throws Invalid {
        if (!text.matches("grpc|http/protobuf")) {
            throw new Invalid(name + " is \"" + text + "\", but must be http/protobuf or grpc");
        }
        return text.equals("grpc");
    }

    private static URI url(String name, String text) throws Invalid {
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI url = new URI(text);
            boolean isHttp = url.getScheme() != null && url.getScheme().matches("(?i)https?");
            if (!isHttp || !Settings.hasHost(url) || url.getQuery() != null) {
                throw new Invalid(
                        name + " must be http://host:port or https://host:port, with a path perhaps; a password"
                                + " goes into " + HEADERS);
            }
            return url;
        } catch (URISyntaxException e) {
            throw new Invalid(name + " is no URL: " + e.getReason());
        }
    }

    private static Map<String, String> pairs(String name, String text) throws Invalid {
        Map<String, String> out = new LinkedHashMap<>();
        for (String each : Setting.toList(text)) {
            String[] pair = each.split("=", 2);
            if (pair.length < 2 || !pair[0].strip().matches("[!-<>-~]+")) {
                // a value may be a secret
                throw new Invalid(name + " must be name=value, and more of them after commas; a comma in a value is"
                        + " written as %2C");
            }
            try {
                // a plus is a plus here
                String value = pair[1].strip().replace("+", "%2B");
                out.put(pair[0].strip(), URLDecoder.decode(value, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new Invalid(name + " has a % that is not followed by two hex digits; a % itself is %25");
            }
        }
        return out;
    }

    private static Path file(String name, String text) throws Invalid {
        if (!text.isEmpty() && !Files.isReadable(Path.of(text))) {
            throw new Invalid(name + " is \"" + text + "\", which is no file that can be read");
        }
        return text.isEmpty() ? null : Path.of(text);
    }

    private static Double ratio(String name, String text) throws Invalid {
        if (!text.matches("0(\\.[0-9]{1,9})?|1(\\.0*)?|\\.[0-9]{1,9}")) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from 0 to 1");
        }
        return Double.valueOf(text);
    }

    private static Integer positive(String name, String text) throws Invalid {
        if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MAX_NUMBER) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from 1 to " + MAX_NUMBER);
        }
        return Integer.valueOf(text);
    }
}
