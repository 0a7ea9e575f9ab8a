package hopyard.backend.traces;

import hopyard.backend.django.Setting.Invalid;

/**
 * Which requests have their spans exported.
 *
 * @param isParentBased whether a request that continues a trace does as the trace's sampled flag says
 * @param ratio of the others, how many: from 0 to 1
 * @see <a href="https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers">OpenTelemetry: built-in
 *     samplers</a>
 */
public record Sampler(boolean isParentBased, double ratio) {

    private static final String PARENT_BASED = "parentbased_";

    /** How many of the digits of a trace's id are random for sure, by which it is decided. */
    private static final int RANDOM_DIGITS = 14;

    /**
     * Reads one.
     *
     * @param argument the ratio, which the samplers with {@code ratio} in their names take
     */
    static Sampler of(String setting, String name, double argument) throws Invalid {
        boolean isParentBased = name.startsWith(PARENT_BASED);
        double ratio = switch (isParentBased ? name.substring(PARENT_BASED.length()) : name) {
            case "always_on" -> 1;
            case "always_off" -> 0;
            case "traceidratio" -> argument;
            default ->
                throw new Invalid(setting + " is \"" + name + "\", but must be always_on, always_off or"
                        + " traceidratio, or one of them with parentbased_ before it");
        };
        return new Sampler(isParentBased, ratio);
    }

    /**
     * Whether a request's spans are exported.
     *
     * @param traceId 32 hex digits; with the same ratio, everybody who has this way to decide comes to the same
     * @param hasParent whether the request continues a trace
     * @param isParentSampled the sampled flag of that trace
     */
    public boolean samples(String traceId, boolean hasParent, boolean isParentSampled) {
        if (isParentBased && hasParent) {
            return isParentSampled;
        }
        long random = Long.parseLong(traceId.substring(traceId.length() - RANDOM_DIGITS), 16);
        return random < ratio * (1L << 4 * RANDOM_DIGITS);
    }
}
