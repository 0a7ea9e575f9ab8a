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
import hopyard.proxy.exchange.Template;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Variables for A/B tests: each value is for a share of the clients.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_split_clients_module.html">ngx_http_split_clients_module</a>
 */
final class SplitClientsModule implements Module {

    private static final long ALL = 0xffffffffL;

    /**
     * A share of the clients.
     *
     * @param end clients with a hash below this, and not below the end of the share before, belong to the share
     */
    private record Share(long end, String value) {}

    @Override
    public Manual manual() {
        return new Manual("split_clients", "ngx_http_split_clients_module");
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("split_clients", 2, 2, SplitClientsModule::splitClients, HTTP)
                .means("Makes a variable that has one of several values for so many per cent of the clients."));
    }

    private static void splitClients(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(1).startsWith("$")) {
            throw d.error("invalid variable name \"" + d.arg(1) + "\"");
        }
        Build build = Build.of(scope);
        Template key = build.template(d.arg(0), d);
        List<Share> shares = new ArrayList<>();
        int hundredths = 0;
        long end = 0;
        for (Directive line : d.block().directives()) {
            int part = part(line);
            hundredths = part == 0 ? 10_000 : hundredths + part;
            if (hundredths > 10_000) {
                throw d.error("percent total is greater than 100%");
            }
            end = part == 0 ? Long.MAX_VALUE : end + part * ALL / 10_000;
            shares.add(new Share(end, line.arg(0)));
        }
        if (d.block().brokenOff() != null) {
            throw d.block().brokenOff();
        }
        build.variables().defineLookedUp(d, d.arg(1).substring(1), false, exchange -> choose(shares, key, exchange));
    }

    /** Returns the size of a share in hundredths of a percent; 0 for the asterisk. */
    private static int part(Directive line) throws ConfException {
        String text = line.name();
        if (text.equals("*") && line.args().size() == 1) {
            return 0;
        }
        if (!text.matches("[0-9]{1,5}(\\.[0-9]{1,2})?%") || line.args().size() != 1) {
            throw line.error("invalid percent value \"" + text + "\"");
        }
        int part = new BigDecimal(text.substring(0, text.length() - 1))
                .movePointRight(2)
                .intValue();
        if (part == 0) {
            throw line.error("invalid percent value \"" + text + "\"");
        }
        return part;
    }

    private static String choose(List<Share> shares, Template key, Exchange exchange) {
        long hash = murmur(key.eval(exchange).getBytes(StandardCharsets.ISO_8859_1)) & ALL;
        for (Share share : shares) {
            if (hash < share.end) {
                return share.value;
            }
        }
        return "";
    }

    /**
     * Returns MurmurHash2 with 32 bits and seed 0, as in nginx, so that clients stay in the share that nginx gave them.
     */
    private static int murmur(byte[] data) {
        final int m = 0x5bd1e995;
        int h = data.length;
        int at = 0;
        while (data.length - at >= 4) {
            int k = data[at] & 0xff
                    | (data[at + 1] & 0xff) << 8
                    | (data[at + 2] & 0xff) << 16
                    | (data[at + 3] & 0xff) << 24;
            k *= m;
            k ^= k >>> 24;
            k *= m;
            h = h * m ^ k;
            at += 4;
        }
        for (int i = data.length - at - 1; i >= 0; i--) {
            h ^= (data[at + i] & 0xff) << (8 * i);
        }
        if (data.length > at) {
            h *= m;
        }
        h ^= h >>> 13;
        h *= m;
        return h ^ h >>> 15;
    }
}
