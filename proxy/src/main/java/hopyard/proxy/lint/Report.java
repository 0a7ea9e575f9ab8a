package hopyard.proxy.lint;

import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** What one check has found. If a file is included twice, a mistake in it is reported once. */
public final class Report {

    /** The most findings of one check that are listed; nobody reads more of the same. */
    private static final int MAX_FINDINGS = 100;

    /** A finding that is being written. */
    public final class Draft {
        private final Directive at;
        private final String message;
        private Fix fix;
        private Proof proof;
        private boolean counts;

        private Draft(Directive at, String message) {
            this.at = at;
            this.message = message;
        }

        /**
         * Adds a fix.
         *
         * @param edits gives {@code null} if a program cannot fix it after all
         */
        public Draft fix(String title, Supplier<List<Edit>> edits) {
            List<Edit> all = counts && texts.has(at) ? edits.get() : null;
            fix = all == null ? null : new Fix(title, all);
            return this;
        }

        /**
         * Adds a proof.
         *
         * @param seen {@code null} if no request is known that shows the finding
         */
        public Draft proof(Proof seen) {
            proof = seen;
            return this;
        }
    }

    private final Rule rule;
    private final Texts texts;
    private final List<Draft> drafts = new ArrayList<>();
    private final Set<String> places = new HashSet<>();
    private int more;

    Report(Rule rule, Texts texts) {
        this.rule = rule;
        this.texts = texts;
    }

    /** Adds a finding about a directive. */
    public Draft add(Directive at, String message) {
        Draft draft = new Draft(at, message);
        if (places.add(at.file() + ":" + at.at())) {
            draft.counts = drafts.size() < MAX_FINDINGS;
            if (draft.counts) {
                drafts.add(draft);
            } else {
                more++;
            }
        }
        return draft;
    }

    /** Returns how many findings are not listed. */
    int more() {
        return more;
    }

    List<Finding> findings() {
        return drafts.stream()
                .map(d -> new Finding(rule, d.at, d.message, d.fix, d.proof))
                .toList();
    }
}
