/** What both servers share: a hop, the Hop-Trace codec, traceparent and durations. */
package hopyard.trace;
