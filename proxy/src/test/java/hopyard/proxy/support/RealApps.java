package hopyard.proxy.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Real app servers, behind the real nginx and behind Hopyard, with the same configuration. */
public final class RealApps implements AutoCloseable {

    private final Path directory;
    private final List<RealApp> running = new ArrayList<>();
    private Nginx nginx;
    private ProxyUnderTest hopyard;

    /**
     * Starts the app servers and both proxies.
     *
     * @param directory where they may write; made if it is not there
     * @param limits what each of the app servers is told
     */
    public RealApps(Path directory, AppServer.Limits limits, Collection<AppServer> servers) throws IOException {
        this.directory = Files.createDirectories(directory);
        try {
            String conf = conf(limits, servers);
            nginx = Nginx.withHttp(directory.resolve("nginx"), conf);
            hopyard = ProxyUnderTest.withHttp(
                    Files.createDirectories(directory.resolve("hopyard")), conf.replace("@PORT@", "0"), 1);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private String conf(AppServer.Limits limits, Collection<AppServer> servers) throws IOException {
        StringBuilder upstreams = new StringBuilder();
        StringBuilder locations = new StringBuilder();
        for (AppServer each : servers) {
            RealApp app = each.start(directory, limits);
            running.add(app);
            upstreams.append(each.upstreams(app));
            locations.append(each.locations());
        }
        return upstreams + """
                client_max_body_size 200m;
                proxy_connect_timeout 1s;
                fastcgi_connect_timeout 1s;
                uwsgi_connect_timeout 1s;
                server {
                    listen 127.0.0.1:@PORT@;
                    location = /protected/file.txt { internal; return 200 "protected"; }
                """ + locations + "}\n";
    }

    /** Returns the port of the real nginx. */
    public int nginx() {
        return nginx.port();
    }

    /** Returns Hopyard's port. */
    public int hopyard() {
        return hopyard.port();
    }

    /** Returns the ports of both, nginx's first. */
    public List<Integer> ports() {
        return List.of(nginx(), hopyard());
    }

    /** Returns where nginx writes its error log. */
    public Path nginxLog() {
        return directory.resolve("nginx/error.log");
    }

    /** Returns where Hopyard writes its error log. */
    public Path hopyardLog() {
        return directory.resolve("hopyard/error.log");
    }

    /** Sends a request to nginx and then to Hopyard, whose answers must be the same; returns that. */
    public String ask(String request) throws IOException {
        String theirs = AppRequests.ask(nginx(), request);
        assertEquals(theirs, AppRequests.ask(hopyard(), request));
        return theirs;
    }

    @Override
    public void close() {
        if (hopyard != null) {
            hopyard.close();
        }
        if (nginx != null) {
            nginx.close();
        }
        running.forEach(RealApp::close);
    }
}
