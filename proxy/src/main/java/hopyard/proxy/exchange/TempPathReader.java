package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.server.Reading;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code client_body_temp_path} and its like. */
public final class TempPathReader implements ValueReader<TempPath> {

    @Override
    public TempPath read(Scope scope, Directive d, TempPath former) throws ConfException {
        List<Integer> levels = new ArrayList<>();
        int length = 0;
        for (String level : d.args().subList(1, d.args().size())) {
            int digits = Values.parseNumber(level);
            length += digits;
            if (digits <= 0 || length > TempPath.DIGITS) {
                throw d.directiveError("invalid value");
            }
            levels.add(digits);
        }
        return new TempPath(Paths.under(Reading.of(scope).prefix(), d, 0), List.copyOf(levels));
    }
}
