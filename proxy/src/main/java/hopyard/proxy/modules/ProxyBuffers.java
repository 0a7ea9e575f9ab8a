package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Meaning;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.forward.ForwardSettings;
import java.util.Set;

/** Sizes of nginx's buffers for a response. They have no effect here, but must fit each other as in nginx. */
final class ProxyBuffers {

    static final Settings<Sizes> SETTINGS = Settings.of(Sizes::new);

    private static final Set<String> NAMES = Set.of(
            "proxy_buffer_size",
            "proxy_buffers",
            "proxy_busy_buffers_size",
            "proxy_temp_file_write_size",
            "proxy_max_temp_file_size");

    private ProxyBuffers() {}

    /** The value of {@code proxy_buffers}. */
    private record Buffers(int count, long size) {}

    /**
     * What a level says.
     *
     * @param busy 0 if it is not set
     * @param written 0 if it is not set
     */
    record Sizes(Buffers buffers, long busy, long written) {
        Sizes(SettingsReader in) {
            this(
                    in.directive("proxy_buffers")
                            .byDefault("8 4k")
                            .means("Buffers for a response; memory is counted otherwise here.")
                            .note(Meaning.IGNORED)
                            .args(2, 2)
                            .read(new CountAndSize()),
                    in.directive("proxy_busy_buffers_size")
                            .otherwise("8k")
                            .means("How many of them may be on their way to the client.")
                            .note(Meaning.IGNORED)
                            .size(),
                    in.directive("proxy_temp_file_write_size")
                            .otherwise("8k")
                            .means("How much is written to a temporary file at a time.")
                            .note(Meaning.IGNORED)
                            .size());
        }
    }

    private static final class CountAndSize implements ValueReader<Buffers> {
        @Override
        public Buffers read(Scope scope, Directive d, Buffers former) throws ConfException {
            int count = Values.parseNumber(d.arg(0));
            if (count <= 0) {
                throw d.directiveError("invalid value");
            }
            return new Buffers(count, Values.size(d, 1));
        }
    }

    /**
     * Checks the sizes that are in force in a scope.
     *
     * @throws ConfException if they do not fit each other
     */
    static void check(Scope scope) throws ConfException {
        Sizes sizes = SETTINGS.of(scope);
        ForwardSettings settings = ForwardSettings.SETTINGS.of(scope);
        Buffers buffers = sizes.buffers;
        long largest = Math.max(settings.bufferSize(), buffers.size);
        String least = "equal to or greater than the maximum of the value of \"proxy_buffer_size\""
                + " and one of the \"proxy_buffers\"";
        long busy = sizes.busy == 0 ? 2 * largest : sizes.busy;
        if (buffers.count < 2) {
            throw line(scope).error("there must be at least 2 \"proxy_buffers\"");
        }
        if (busy < largest) {
            throw line(scope).error("\"proxy_busy_buffers_size\" must be " + least);
        }
        if (busy > (buffers.count - 1) * buffers.size) {
            throw line(scope)
                    .error("\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\""
                            + " minus one buffer");
        }
        if (sizes.written != 0 && sizes.written < largest) {
            throw line(scope).error("\"proxy_temp_file_write_size\" must be " + least);
        }
        if (settings.maxTempFileSize() != 0 && settings.maxTempFileSize() < largest) {
            throw line(scope)
                    .error("\"proxy_max_temp_file_size\" must be equal to zero to disable temporary files usage or"
                            + " must be " + least);
        }
    }

    /** Returns the innermost last line that is about these sizes. */
    private static Directive line(Scope scope) {
        Directive found = null;
        for (Scope each = scope; found == null; each = each.parent()) {
            for (Directive d : each.directives()) {
                found = NAMES.contains(d.name()) ? d : found;
            }
        }
        return found;
    }
}
