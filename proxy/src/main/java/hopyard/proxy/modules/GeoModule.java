package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.io.ForwardedClient;
import hopyard.proxy.io.Network;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Variables whose values depend on the client's address.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_geo_module.html">ngx_http_geo_module</a>
 */
final class GeoModule implements Module {

    /** A block of addresses, and the value for it. */
    private record Entry(Network network, String value) {}

    private record Key(ByteBuffer address, int bits) {
        static Key of(Network network) {
            return new Key(ByteBuffer.wrap(network.address()), network.bits());
        }
    }

    /** A range of IPv4 addresses, and the value for it. Its first address is the key in the map. */
    private record Span(BigInteger last, String value) {}

    /** Stands for a client without an address, as in nginx. */
    private static final InetAddress NOBODY = Addresses.literal("255.255.255.255");

    private static final class Table {
        private final Variable address;
        /**
         * The entries by network, while the block is read. Of two entries for the same network, the later one counts.
         */
        private final Map<Key, Entry> byNetwork = new LinkedHashMap<>();

        private List<Entry> entries = List.of();
        private final NavigableMap<BigInteger, Span> spans = new TreeMap<>();
        private final List<Network> proxies = new ArrayList<>();
        private String byDefault;
        private boolean recursive;
        private boolean ranges;

        Table(Variable address) {
            this.address = address;
        }

        String lookUp(Exchange exchange) {
            InetAddress client = client(exchange);
            if (ranges) {
                BigInteger number = number(client);
                var span = client.getAddress().length == 4 ? spans.floorEntry(number) : null;
                return span == null || span.getValue().last.compareTo(number) < 0 ? otherwise() : span.getValue().value;
            }
            // the entries are sorted: the first network that contains the address is the longest
            for (Entry entry : entries) {
                if (entry.network.contains(client)) {
                    return entry.value;
                }
            }
            return otherwise();
        }

        private String otherwise() {
            return byDefault == null ? "" : byDefault;
        }

        private InetAddress client(Exchange exchange) {
            InetSocketAddress found;
            if (address == null) {
                found = exchange.remoteAddress();
            } else {
                String text = address.get(exchange);
                found = text == null ? null : ForwardedClient.parse(text);
            }
            HeaderValues forwarded = exchange.requestHeaders().get(Headers.X_FORWARDED_FOR);
            if (found != null && forwarded != null && ForwardedClient.isAmong(proxies, found)) {
                InetSocketAddress named = ForwardedClient.find(forwarded, proxies, recursive);
                found = named == null ? found : named;
            }
            return found == null || found.getAddress() == null ? NOBODY : Addresses.unmapped(found.getAddress());
        }
    }

    @Override
    public Manual manual() {
        return new Manual("geo", "ngx_http_geo_module");
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("geo", 1, 2, GeoModule::geo, HTTP)
                .means("Makes a variable whose value depends on the client's address."));
    }

    private static void geo(Loader loader, Scope scope, Directive d) throws ConfException {
        for (String name : d.args()) {
            if (!name.startsWith("$")) {
                throw d.error("invalid variable name \"" + name + "\"");
            }
        }
        Build build = Build.of(scope);
        String name = d.arg(d.args().size() - 1).substring(1);
        Table table =
                new Table(d.args().size() == 2 ? build.variables().use(d.arg(0).substring(1)) : null);
        for (Directive line : d.block().directives()) {
            entry(table, line, build::warn);
        }
        if (d.block().brokenOff() != null) {
            throw d.block().brokenOff();
        }
        table.entries = table.byNetwork.values().stream()
                .sorted((a, b) -> b.network.bits() - a.network.bits())
                .toList();
        build.variables().defineLookedUp(d, name, false, table::lookUp);
    }

    private static void entry(Table table, Directive line, Consumer<String> warn) throws ConfException {
        String key = line.name();
        if (line.args().isEmpty()) {
            if (key.equals("ranges")) {
                if (!table.byNetwork.isEmpty()) {
                    throw line.error("the \"ranges\" directive must be the first directive inside \"geo\" block");
                }
                table.ranges = true;
                return;
            }
            if (key.equals("proxy_recursive")) {
                table.recursive = true;
                return;
            }
        }
        if (line.args().size() != 1) {
            throw line.error("invalid number of the geo parameters");
        }
        String value = line.arg(0);
        if (key.equals("default")) {
            warnOfDuplicate("network", key, value, table.byDefault, line, warn);
            table.byDefault = value;
        } else if (key.equals("proxy")) {
            table.proxies.add(Network.parse(value, line, "invalid network \"" + value + "\"", warn));
        } else if (table.ranges) {
            range(table, line, value, warn);
        } else if (key.equals("delete")) {
            Network gone = Network.parse(value, line, "invalid network \"" + value + "\"", warn);
            if (table.byNetwork.remove(Key.of(gone)) == null) {
                warn.accept("no network \"" + value + "\" to delete in " + line.place());
            }
        } else {
            Network network = Network.parse(key, line, "invalid network \"" + key + "\"", warn);
            Entry former = table.byNetwork.put(Key.of(network), new Entry(network, value));
            warnOfDuplicate("network", key, value, former == null ? null : former.value, line, warn);
        }
    }

    private static void warnOfDuplicate(
            String what, String key, String value, String former, Directive line, Consumer<String> warn) {
        if (former != null) {
            warn.accept("duplicate " + what + " \"" + key + "\", value: \"" + value + "\", old value: \"" + former
                    + "\" in " + line.place());
        }
    }

    private static void range(Table table, Directive line, String value, Consumer<String> warn) throws ConfException {
        boolean delete = line.name().equals("delete");
        String text = delete ? value : line.name();
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw line.error("invalid range \"" + text + "\"");
        }
        String mistake = "invalid range \"" + text + "\"";
        BigInteger first = number(Network.parse(text.substring(0, dash), line, mistake, warn));
        BigInteger last = number(Network.parse(text.substring(dash + 1), line, mistake, warn));
        if (last.compareTo(first) < 0) {
            throw line.error(mistake);
        }
        var around = table.spans.floorEntry(first);
        boolean isSame = around != null
                && around.getKey().equals(first)
                && around.getValue().last.equals(last);
        if (delete) {
            if (isSame) {
                table.spans.remove(first);
            } else {
                warn.accept("no address range \"" + text + "\" to delete in " + line.place());
            }
        } else {
            if (isSame) {
                warnOfDuplicate("range", text, value, around.getValue().value, line, warn);
            } else {
                cut(table.spans, line, first, last);
            }
            table.spans.put(first, new Span(last, value));
        }
    }

    /** Makes room for a range inside of an earlier one. */
    private static void cut(NavigableMap<BigInteger, Span> spans, Directive line, BigInteger first, BigInteger last)
            throws ConfException {
        var before = spans.floorEntry(last);
        if (before == null || before.getValue().last.compareTo(first) < 0) {
            return;
        }
        BigInteger start = before.getKey();
        Span span = before.getValue();
        if (start.compareTo(first) > 0 || span.last.compareTo(last) < 0) {
            throw line.error("range \"" + line.name() + "\" overlaps \"" + text(start) + "-" + text(span.last) + "\"");
        }
        spans.remove(start);
        if (start.compareTo(first) < 0) {
            spans.put(start, new Span(first.subtract(BigInteger.ONE), span.value));
        }
        if (span.last.compareTo(last) > 0) {
            spans.put(last.add(BigInteger.ONE), span);
        }
    }

    /** Returns an IPv4 address as people write it. */
    private static String text(BigInteger address) {
        int number = address.intValue();
        return (number >>> 24) + "." + (number >>> 16 & 255) + "." + (number >>> 8 & 255) + "." + (number & 255);
    }

    private static BigInteger number(Network network) {
        return new BigInteger(1, network.address());
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }
}
