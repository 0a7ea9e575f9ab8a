/** Sends spans by OTLP, with the exporters of OpenTelemetry and OkHttp. */
package hopyard.otlp;
