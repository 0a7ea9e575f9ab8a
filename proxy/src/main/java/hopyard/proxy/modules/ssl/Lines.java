package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import java.util.ArrayList;
import java.util.List;

/** All lines of a directive that a level may have several times, for code that reads them later. */
final class Lines implements ValueReader.Repeated<List<Directive>> {
    @Override
    public List<Directive> read(Scope scope, Directive d, List<Directive> former) {
        List<Directive> lines = former == null ? new ArrayList<>() : former;
        lines.add(d);
        return lines;
    }
}
