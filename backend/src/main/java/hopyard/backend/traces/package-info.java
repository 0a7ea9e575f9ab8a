/**
 * Traces of the app's requests for whoever speaks OTLP: what the environment says of them, which requests are sampled,
 * and where spans go. The library that sends them is loaded only if there is an endpoint and somebody listens there.
 */
package hopyard.backend.traces;
