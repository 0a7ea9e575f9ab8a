package hopyard.backend;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** What tests use and not everybody has. */
final class Tools {

    private Tools() {}

    /** Skips the test where something is missing, and says so; under CI=true that is a failure. */
    static void require(boolean isThere, String missing) {
        if (!isThere && "true".equals(System.getenv("CI"))) {
            Assertions.fail(missing);
        }
        Assumptions.assumeTrue(isThere, "skipped: " + missing);
    }
}
