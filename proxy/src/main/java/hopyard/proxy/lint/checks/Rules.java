package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.http.Network;
import hopyard.proxy.lint.Level;
import hopyard.proxy.modules.Merged;
import java.net.InetAddress;
import java.util.List;

/** What checks ask of {@code allow} and {@code deny} lines. */
final class Rules {

    private Rules() {}

    /** Whether a line decides about requests of this machine. */
    static boolean isAboutThisMachine(Directive rule) {
        if (rule.arg(0).equals("all")) {
            return true;
        }
        try {
            Network network = Network.parse(rule.arg(0), rule, "");
            byte[] ipv6 = new byte[16];
            ipv6[15] = 1;
            return network.contains(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))
                    || network.contains(InetAddress.getByAddress(ipv6));
        } catch (ConfException | java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether everybody is let in. */
    static boolean areOpen(Level level) {
        List<Directive> rules = Merged.accessRules(level.scope());
        return rules.stream().noneMatch(d -> d.name().equals("deny")) && !Merged.asksWho(level.scope());
    }
}
