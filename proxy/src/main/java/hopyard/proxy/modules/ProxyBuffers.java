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

    private ProxyBuffers() {}

    /**
     * Returns the settings of a module.
     *
     * @param module what the names of its directives begin with
     */
    static Settings<Sizes> of(String module) {
        return Settings.of(module, Sizes::new);
    }

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
                    in.directive("*_buffers")
                            .byDefault("8 4k")
                            .means("Buffers for a response; memory is counted otherwise here.")
                            .note(Meaning.IGNORED)
                            .args(2, 2)
                            .read(new CountAndSize()),
                    in.directive("*_busy_buffers_size")
                            .otherwise("8k")
                            .means("How many of them may be on their way to the client.")
                            .note(Meaning.IGNORED)
                            .size(),
                    in.directive("*_temp_file_write_size")
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
     * @param module what the names of the directives begin with
     * @throws ConfException if they do not fit each other
     */
    static void check(Scope scope, String module, Sizes sizes, ForwardSettings settings) throws ConfException {
        Buffers buffers = sizes.buffers;
        long largest = Math.max(settings.bufferSize(), buffers.size);
        String least = "equal to or greater than the maximum of the value of \"*_buffer_size\""
                + " and one of the \"*_buffers\"";
        long busy = sizes.busy == 0 ? 2 * largest : sizes.busy;
        String mistake = null;
        if (buffers.count < 2) {
            mistake = "there must be at least 2 \"*_buffers\"";
        } else if (busy < largest) {
            mistake = "\"*_busy_buffers_size\" must be " + least;
        } else if (busy > (buffers.count - 1) * buffers.size) {
            mistake = "\"*_busy_buffers_size\" must be less than the size of all \"*_buffers\" minus one buffer";
        } else if (sizes.written != 0 && sizes.written < largest) {
            mistake = "\"*_temp_file_write_size\" must be " + least;
        } else if (settings.maxTempFileSize() != 0 && settings.maxTempFileSize() < largest) {
            mistake = "\"*_max_temp_file_size\" must be equal to zero to disable temporary files usage or must be "
                    + least;
        }
        if (mistake != null) {
            throw line(scope, module).error(mistake.replace("*", module));
        }
    }

    /** Returns the innermost last line that is about these sizes. */
    private static Directive line(Scope scope, String module) {
        Set<String> names = Set.of(
                module + "_buffer_size",
                module + "_buffers",
                module + "_busy_buffers_size",
                module + "_temp_file_write_size",
                module + "_max_temp_file_size");
        Directive found = null;
        for (Scope each = scope; found == null; each = each.parent()) {
            for (Directive d : each.directives()) {
                found = names.contains(d.name()) ? d : found;
            }
        }
        return found;
    }
}
