package hopyard.proxy.console.config;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** How many requests each line of each file of a configuration has served. */
final class LineHits {

    private final Map<String, Map<Integer, Long>> files = new TreeMap<>();

    LineHits(Configuration configuration) {
        Map<Directive, Long> peers = new IdentityHashMap<>();
        for (UpstreamGroup group : configuration.upstreams()) {
            for (PeerSettings peer : group.settings()) {
                peers.merge(peer.directive(), peer.hits().sum(), Long::sum);
            }
        }
        for (Location location : configuration.locations()) {
            long count = location.hits().sum();
            Set<String> counted = new HashSet<>();
            for (Directive directive : location.source().directives()) {
                // several directives may share a line
                if (!peers.containsKey(directive) && counted.add(directive.place())) {
                    add(directive, count);
                }
            }
        }
        peers.forEach((directive, count) -> {
            if (directive.name().equals("server")) {
                add(directive, count);
            }
        });
    }

    private void add(Directive directive, long count) {
        if (directive.line() > 0 && count > 0) {
            files.computeIfAbsent(directive.file(), f -> new TreeMap<>()).merge(directive.line(), count, Long::sum);
        }
    }

    /** Those of one file, by line; lines without any are not there. */
    Map<Integer, Long> of(String file) {
        return files.getOrDefault(file, Map.of());
    }
}
