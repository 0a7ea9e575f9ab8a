package hopyard.proxy.modules;

import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.ssl.SslModule;
import java.util.List;

/**
 * All modules but the console's, which stands above them, in the order in which their handlers run within a phase and
 * their filters see a response. {@code ConsoleModule.andAllOthers} returns the console's, too.
 */
public final class Modules {

    private Modules() {}

    /** Returns a new list of them. A module keeps nothing: what it reads belongs to the configuration. */
    public static List<Module> all() {
        return List.of(
                new CoreModule(),
                new HttpCoreModule(),
                new MapModule(),
                new GeoModule(),
                new SplitClientsModule(),
                new BrowserModule(),
                new RefererModule(),
                new SecureLinkModule(),
                // ahead of rewriting, as nginx's, which is loaded later than that: there the last one is first
                new OtelModule(),
                new RealIpModule(),
                new LimitReqModule(),
                new LimitConnModule(),
                new RewriteModule(),
                new ResolverModule(),
                new UpstreamModule(),
                new StickyModule(),
                new AccessModule(),
                new AuthBasicModule(),
                new AuthRequestModule(),
                new IgnoredModule(),
                new Http2Module(),
                new SslModule(ResolverModule::of),
                new LimitRateModule(),
                new GunzipModule(),
                new GzipModule(),
                new AdditionModule(),
                new SubModule(),
                new SliceModule(),
                new SsiModule(),
                new TryFilesModule(),
                new MirrorModule(),
                new RandomIndexModule(),
                new IndexModule(),
                new AutoindexModule(),
                new DavModule(),
                new StaticModule(),
                new HopModule(),
                new StubStatusModule(),
                new EmptyGifModule(),
                new ProxyModule(),
                new MemcachedModule(),
                new FastCgiModule(),
                new UwsgiModule(),
                new ScgiModule(),
                new GrpcModule(),
                new HeadersModule(),
                new UserIdModule(),
                new CharsetModule(),
                new LogModule());
    }
}
