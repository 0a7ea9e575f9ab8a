package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Check;
import java.util.List;

/** All checks. */
public final class Checks {

    private Checks() {}

    /** Returns all checks; they hold no state. */
    public static List<Check> all() {
        return List.of(
                new AddHeaderLost(),
                new AddHeaderWithoutAlways(),
                new ResponseSplitting(),
                new SetHeaderLost(),
                new HttpHostUpstream(),
                new ImplicitDefaultServer(),
                new ServerNameMissing(),
                new ForwardedForFromClient(),
                new ForwardedProtoMissing(),
                new AliasTraversal(),
                new AllowWithoutDeny(),
                new RuleNeverReached(),
                new ReturnBeforeAccess(),
                new ConsoleOpen(),
                new StatusOpen(),
                new MergeSlashesOff(),
                new RealIpFromEverybody(),
                new RealIpWithoutSource(),
                new LimitByClientHeader(),
                new UnderscoresInHeaders(),
                new VersionShown(),
                new HtmlForUnknownFiles(),
                new ScriptSource(),
                new OriginRegex(),
                new UnanchoredServerName(),
                new UnanchoredExtension(),
                new UnescapedDot(),
                new RegexBacktracking(),
                new LocationNeverReached(),
                new RegexTakesFiles(),
                new IfWithOther(),
                new IfDisablesTryFiles(),
                new Ssrf(),
                new ResolverMissing(),
                new KeepaliveUnused(),
                new ProxyPassSlash(),
                new UpgradeIncomplete(),
                new ConnectionAlwaysUpgrade(),
                new WebSocketTimeout(),
                new WebSocketNotPassed(),
                new RetryNonIdempotent(),
                new UnboundedBody(),
                new BufferingOffGlobally(),
                new CacheIgnoresCookies(),
                new OldTls(),
                new ErrorLogOff(),
                new AccessLogOff());
    }
}
