package hopyard.database;

import hopyard.threads.LastResort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Questions that one thread finds answers for, one after the other. Who asks the same while an answer is waited for
 * gets the same answer, so no more wait in the queue than there are different questions.
 */
final class Questions {

    private static final long IDLE_SECONDS = 30;

    private final ThreadPoolExecutor thread;
    private final Map<String, List<Consumer<Map<String, Object>>>> waiting = new HashMap<>();

    Questions(ThreadFactory threads) {
        thread = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    /**
     * Asks one.
     *
     * @param question by which the same one is known
     * @param answer finds the answer; what it throws is an answer, too
     */
    void ask(String question, Supplier<Map<String, Object>> answer, Consumer<Map<String, Object>> then) {
        boolean isFirst;
        synchronized (waiting) {
            isFirst = !waiting.containsKey(question);
            waiting.computeIfAbsent(question, unknown -> new ArrayList<>()).add(then);
        }
        if (isFirst) {
            thread.execute(() -> {
                Map<String, Object> found = find(answer);
                List<Consumer<Map<String, Object>>> all;
                synchronized (waiting) {
                    all = waiting.remove(question);
                }
                all.forEach(each -> each.accept(found));
            });
        }
    }

    private static Map<String, Object> find(Supplier<Map<String, Object>> answer) {
        try {
            return answer.get();
        } catch (RuntimeException | Error e) {
            LastResort.consider(e);
            e.printStackTrace();
            return Map.of(
                    "configured",
                    true,
                    "reachable",
                    false,
                    "error",
                    Map.of("code", "sql_error", "text", "The app has made a mistake: " + e + "."));
        }
    }

    /** Has the thread do this last, and end. */
    void close(Runnable last) {
        thread.execute(last);
        thread.shutdown();
    }
}
