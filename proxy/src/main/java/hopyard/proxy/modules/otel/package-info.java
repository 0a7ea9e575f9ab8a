/** Traces of OpenTelemetry: who belongs to which, what a span has, and what exports spans. */
package hopyard.proxy.modules.otel;
