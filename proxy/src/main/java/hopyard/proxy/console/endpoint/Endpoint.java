package hopyard.proxy.console.endpoint;

import java.util.concurrent.CompletionStage;

/** Something that the console can be asked for. */
public interface Endpoint {

    /**
     * Answers, at once or later.
     *
     * @throws Refusal if the request is not carried out
     */
    CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal;
}
