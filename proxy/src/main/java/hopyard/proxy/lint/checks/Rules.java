package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.Network;
import hopyard.proxy.lint.Level;
import hopyard.proxy.modules.Merged;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** What checks need to know about {@code allow} and {@code deny} lines. */
final class Rules {

    private Rules() {}

    /** Whether a line decides about everybody. */
    static boolean isForAll(Directive rule) {
        return rule.arg(0).equals("all");
    }

    /** Whether a line decides about requests of this machine. */
    static boolean isAboutThisMachine(Directive rule) {
        if (isForAll(rule)) {
            return true;
        }
        byte[] ipv6 = new byte[16];
        ipv6[15] = 1;
        Network network = network(rule);
        return network != null
                && (network.contains(address(new byte[] {127, 0, 0, 1})) || network.contains(address(ipv6)));
    }

    /** Whether a line decides about all clients that the other one names. */
    static boolean takes(Directive rule, Directive other) {
        Network network = network(rule);
        Network inside = network(other);
        return isForAll(rule)
                || rule.arg(0).equals(other.arg(0))
                || network != null
                        && inside != null
                        && network.bits() <= inside.bits()
                        && network.contains(address(inside.address()));
    }

    /** Returns the network that a line names; {@code null} for all clients, or for Unix domain sockets. */
    private static Network network(Directive rule) {
        try {
            return rule.arg(0).matches("all|unix:") ? null : Network.parse(rule.arg(0), rule, "", warning -> {});
        } catch (ConfException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InetAddress address(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether everybody is let in. */
    static boolean areOpen(Level level) {
        List<Directive> rules = Merged.accessRules(level.scope());
        return rules.stream().noneMatch(d -> d.name().equals("deny")) && !Merged.asksWho(level.scope());
    }
}
