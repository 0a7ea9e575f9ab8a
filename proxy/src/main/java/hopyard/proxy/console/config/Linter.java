package hopyard.proxy.console.config;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.lint.Lint;
import hopyard.proxy.lint.LintJson;
import hopyard.proxy.lint.LintText;
import hopyard.proxy.lint.checks.Checks;
import hopyard.proxy.running.ConfigurationLoader.Inspected;

/**
 * {@code lint}: what is wrong or risky in the running nginx.conf, or in a text that is sent; nothing is done with
 * either.
 */
public final class Linter {

    private final ConsoleContext context;

    public Linter(ConsoleContext context) {
        this.context = context;
    }

    public Answer answer(ConsoleRequest request) throws Refusal {
        String text = switch (request.method()) {
            case "GET", "HEAD" -> null;
            case "POST" -> ConfigText.of(request);
            default -> throw new Refusal(405, "GET lint, or POST lint with {\"text\": …}");
        };
        Inspected inspected;
        try {
            inspected = context.server().inspect(text);
        } catch (ConfException e) {
            throw ConfigText.mistake(e);
        }
        Lint lint = Lint.of(inspected, Checks.all());
        String file = inspected.configuration().sources().keySet().iterator().next();
        return Answer.of(request, () -> LintJson.of(lint).put("file", Paths.fromBytes(file)), () -> LintText.of(lint));
    }
}
