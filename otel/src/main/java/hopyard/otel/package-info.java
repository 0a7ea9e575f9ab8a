/**
 * Spans of OpenTelemetry as plain values, and the queue in which they wait until a thread of its own exports them. What
 * speaks OTLP is not here, but in jars that are loaded only when there is an exporter: see {@link
 * hopyard.otel.SpanSender}.
 */
package hopyard.otel;
