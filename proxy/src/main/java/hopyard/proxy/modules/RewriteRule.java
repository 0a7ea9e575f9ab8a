package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.server.Regex;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code proxy_redirect}, {@code proxy_cookie_domain} or {@code proxy_cookie_path}. {@code DEFAULT} stands for
 * {@code proxy_redirect default}.
 *
 * @param pattern the text to compare the value with; {@code null} if there is a regular expression
 * @param isWhole whether the text must be the whole value (a domain, in any case of letters), not only its beginning
 * @param regex the regular expression that the value must match; {@code null} if there is a text
 */
record RewriteRule(Template pattern, boolean isWhole, Regex regex, Template replacement)
        implements HeaderRules.Redirect, CookieRules.Rewrite {

    static final RewriteRule DEFAULT = new RewriteRule(null, false, null, null);

    @Override
    public String apply(Exchange exchange, String value) {
        if (regex != null) {
            return regex.find(exchange, value) ? replacement.eval(exchange) : null;
        }
        String text = pattern.eval(exchange);
        if (isWhole) {
            boolean dotted = value.startsWith(".");
            return value.substring(dotted ? 1 : 0).equalsIgnoreCase(text)
                    ? (dotted ? "." : "") + replacement.eval(exchange)
                    : null;
        }
        return value.startsWith(text) ? replacement.eval(exchange) + value.substring(text.length()) : null;
    }

    private static String withoutDot(String domain) {
        return domain.startsWith(".") ? domain.substring(1) : domain;
    }

    private static RewriteRule of(Scope scope, Directive d, boolean isWhole) throws ConfException {
        Build build = Build.of(scope);
        String pattern = d.arg(0);
        Template replacement = build.template(d.arg(1), d);
        if (pattern.startsWith("~")) {
            boolean ignoreCase = isWhole || pattern.startsWith("~*");
            String text = pattern.substring(pattern.startsWith("~*") ? 2 : 1);
            Regex regex = Regex.compile(build.variables(), d, text, ignoreCase);
            return new RewriteRule(null, isWhole, regex, replacement);
        }
        if (isWhole) {
            // a dot at the beginning of a domain counts for nothing
            return new RewriteRule(
                    build.template(withoutDot(pattern), d), true, null, build.template(withoutDot(d.arg(1)), d));
        }
        return new RewriteRule(build.template(pattern, d), false, null, replacement);
    }

    /** Reads {@code proxy_redirect}. */
    static final class Redirects implements ValueReader.Repeated<List<RewriteRule>> {
        @Override
        public List<RewriteRule> read(Scope scope, Directive d, List<RewriteRule> former) throws ConfException {
            List<RewriteRule> rules = former == null ? new ArrayList<>() : former;
            if (d.args().size() == 2) {
                rules.add(of(scope, d, false));
                return rules;
            }
            switch (d.arg(0)) {
                case "off" -> rules.clear();
                case "default" -> {
                    // the default at the outermost level is for any proxy_pass
                    if (scope.context() != Context.MAIN) {
                        checkDefault(ProxyPass.own(scope), d);
                    }
                    rules.add(DEFAULT);
                }
                default -> throw d.error("invalid parameter \"" + d.arg(0) + "\"");
            }
            return rules;
        }

        private static void checkDefault(ProxyPass pass, Directive d) throws ConfException {
            if (pass != null && pass.url() != null) {
                throw d.error("\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables");
            }
            if (pass == null) {
                throw d.error("\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive");
            }
        }
    }

    /** Reads {@code proxy_cookie_domain}. */
    static final class CookieDomains extends Cookies {
        CookieDomains() {
            super(true);
        }
    }

    /** Reads {@code proxy_cookie_path}. */
    static final class CookiePaths extends Cookies {
        CookiePaths() {
            super(false);
        }
    }

    private abstract static class Cookies implements ValueReader.Repeated<List<RewriteRule>> {

        private final boolean isWhole;

        Cookies(boolean isWhole) {
            this.isWhole = isWhole;
        }

        @Override
        public List<RewriteRule> read(Scope scope, Directive d, List<RewriteRule> former) throws ConfException {
            List<RewriteRule> rules = former == null ? new ArrayList<>() : former;
            if (d.args().size() == 2) {
                rules.add(of(scope, d, isWhole));
            } else if (!d.arg(0).equals("off")) {
                throw d.error("invalid parameter \"" + d.arg(0) + "\"");
            }
            return rules;
        }
    }

    /** Reads {@code proxy_cookie_flags}. */
    static final class CookieFlags implements ValueReader.Repeated<List<CookieRules.Flags>> {
        @Override
        public List<CookieRules.Flags> read(Scope scope, Directive d, List<CookieRules.Flags> former)
                throws ConfException {
            List<CookieRules.Flags> all = former == null ? new ArrayList<>() : former;
            String name = d.arg(0);
            List<String> changes = d.args().subList(1, d.args().size());
            if (changes.isEmpty()) {
                if (!name.equals("off")) {
                    throw d.error("invalid parameter \"" + name + "\"");
                }
                return all;
            }
            List<Template> flags = new ArrayList<>();
            for (String change : changes) {
                flags.add(Build.of(scope).template(change, d));
            }
            if (name.startsWith("~")) {
                Regex regex = Regex.compile(Build.of(scope).variables(), d, name.substring(1), true);
                all.add(new CookieRules.Flags(regex::find, flags));
            } else {
                Template exact = Build.of(scope).template(name, d);
                all.add(new CookieRules.Flags(
                        (exchange, cookie) -> exact.eval(exchange).equalsIgnoreCase(cookie), flags));
            }
            return all;
        }
    }
}
