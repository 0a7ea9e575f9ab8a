package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;

/**
 * Goes through another location when a request has been answered, before its connection goes on: {@code post_action}.
 */
public final class PostAction {

    private PostAction() {}

    /**
     * Starts.
     *
     * @param then runs when the other location has answered, which nobody sees
     */
    public static void start(Exchange exchange, Runnable then) {
        String target = exchange.core().postAction();
        if (target.startsWith("/")) {
            Subrequest.start(
                    exchange, target, "", true, each -> each.requestLog().isFor("post_action"), each -> then.run());
        } else if (!Subrequest.inNamed(exchange, target, each -> then.run())) {
            exchange.log(ErrorLog.Level.ERROR, "could not find named location \"" + target + "\"");
            then.run();
        }
    }
}
