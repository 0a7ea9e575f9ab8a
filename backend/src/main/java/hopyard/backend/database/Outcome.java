package hopyard.backend.database;

import hopyard.trace.Hop;

/**
 * What has become of a job.
 *
 * @param value what the job returned; {@code null} if it failed
 * @param failure why it failed; {@code null} if it did not
 * @param hop the connection that it had and what was done on it, as a member of Hop-Trace
 */
public record Outcome<T>(T value, Failure failure, Hop hop) {}
