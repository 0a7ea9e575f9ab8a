package hopyard.proxy.forward;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.server.Reading;
import io.undertow.util.HttpString;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** Readers for those settings of {@link ForwardSettings} that are of no common kind. */
public final class ForwardReaders {

    private ForwardReaders() {}

    /**
     * {@code proxy_next_upstream}.
     *
     * @param isHttp whether an app may answer as a gateway (502, 504)
     * @param isCached whether responses may be kept
     */
    public record Cases(boolean isHttp, boolean isCached) implements ValueReader.Repeated<Set<NextUpstream>> {

        /** Nobody else is asked, whatever other lines of the level say. */
        private static final Set<NextUpstream> OFF = EnumSet.noneOf(NextUpstream.class);

        @Override
        public Set<NextUpstream> read(Scope scope, Directive d, Set<NextUpstream> former) throws ConfException {
            Set<NextUpstream> cases = former == null ? EnumSet.noneOf(NextUpstream.class) : former;
            boolean isOff = former == OFF;
            for (String word : d.args()) {
                NextUpstream found = null;
                for (NextUpstream each : NextUpstream.values()) {
                    boolean isIt = each.word().equalsIgnoreCase(word) && (isHttp || !each.isGateways());
                    found = isIt ? each : found;
                }
                if (found == null) {
                    isOff |= word.equalsIgnoreCase("off");
                    if (!word.equalsIgnoreCase("off") && !(isCached && word.equalsIgnoreCase("updating"))) {
                        throw d.error("invalid value \"" + word + "\"");
                    }
                } else if (former != OFF && !cases.add(found)) {
                    Build.of(scope).warn("duplicate value \"" + word + "\" in " + d.place());
                }
            }
            return isOff ? OFF : cases;
        }
    }

    /** {@code proxy_ignore_headers}. */
    public static final class Ignored implements ValueReader.Repeated<Set<HttpString>> {

        private static final Set<String> IGNORABLE = Set.of(
                "X-Accel-Redirect",
                "X-Accel-Expires",
                "X-Accel-Limit-Rate",
                "X-Accel-Buffering",
                "X-Accel-Charset",
                "Expires",
                "Cache-Control",
                "Set-Cookie",
                "Vary");

        @Override
        public Set<HttpString> read(Scope scope, Directive d, Set<HttpString> former) throws ConfException {
            Set<HttpString> ignored = former == null ? new HashSet<>() : former;
            for (String name : d.args()) {
                if (!ignored.add(new HttpString(Values.word(d, name, IGNORABLE)))) {
                    Build.of(scope).warn("duplicate value \"" + name + "\" in " + d.place());
                }
            }
            return ignored;
        }
    }

    /** {@code proxy_bind}. */
    public static final class Bind implements ValueReader<Template> {
        @Override
        public Template read(Scope scope, Directive d, Template former) throws ConfException {
            if (d.args().size() == 2) {
                if (d.arg(1).equals("transparent")) {
                    throw d.error("transparent proxying is not supported by hopyard");
                }
                throw d.error("invalid parameter \"" + d.arg(1) + "\"");
            }
            Template bind = Build.of(scope).template(d.arg(0).equals("off") ? "" : d.arg(0), d);
            if (bind.isConstant() && !bind.text().isEmpty() && LocalAddress.parse(bind.text()) == null) {
                throw d.error("invalid address \"" + d.arg(0) + "\"");
            }
            return bind;
        }
    }

    /** {@code proxy_store}. */
    static final class Store implements ValueReader<Function<Exchange, Path>> {
        @Override
        public Function<Exchange, Path> read(Scope scope, Directive d, Function<Exchange, Path> former)
                throws ConfException {
            if (d.arg(0).equals("off")) {
                return exchange -> null;
            }
            if (d.arg(0).equals("on")) {
                return exchange -> FilePath.of(exchange, exchange.uri());
            }
            Build build = Build.of(scope);
            Template path = build.template(d.arg(0), d);
            Path prefix = Reading.of(scope).prefix();
            return exchange -> Paths.under(prefix, path.eval(exchange));
        }
    }
}
