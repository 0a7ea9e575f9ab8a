package hopyard.proxy.record;

import hopyard.memory.HeldMemory;
import hopyard.proxy.exchange.Capture;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Messages;
import hopyard.proxy.record.redaction.Redaction;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The contents of the newest exchanges whose contents are kept. The memory for them is bounded, and counts as held. A
 * thread of the store's own takes the secrets out, since that takes longer than an I/O thread has. A content cannot be
 * read before.
 */
final class ContentStore {

    /** How long a reader waits for secrets to be taken out, in ms. */
    private static final long MAX_WAIT = 5000;

    /** What an exchange takes besides its contents, in bytes. */
    private static final int COST = 512;

    private static final int COST_OF_MESSAGE = 64;

    private static final Executor REDACTION = redaction();

    private final Map<Long, Entry> entries = new LinkedHashMap<>();
    private long bytes;

    private static final class Entry {
        private final CompletableFuture<KeptContents> kept = new CompletableFuture<>();
        /** Takes the secrets out; {@code null} when this is done, or when nobody wants the contents any more. */
        private volatile Supplier<KeptContents> work;

        private long size;

        Entry(long size, Supplier<KeptContents> work) {
            this.size = size;
            this.work = work;
        }
    }

    /** A content as it was sent, and what the header fields say about it. */
    private record Raw(byte[] bytes, int length, long total, String type, String coding) {

        static Raw of(Capture.Content content, HeaderMap fields) {
            return new Raw(
                    content.bytes(),
                    content.length(),
                    content.total(),
                    all(fields, Headers.CONTENT_TYPE),
                    all(fields, Headers.CONTENT_ENCODING));
        }

        private static String all(HeaderMap fields, HttpString name) {
            return fields.contains(name) ? String.join(",", fields.get(name)) : "";
        }

        Body body(int most) {
            return Contents.of(bytes, length, total, type, coding, most);
        }
    }

    private static Executor redaction() {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "contents");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /**
     * Keeps the contents that an exchange has captured; older ones make room for them. Called on the exchange's I/O
     * thread when the exchange ends.
     *
     * @param most how many bytes the contents of all exchanges may take together
     */
    void add(long id, Exchange exchange, Capture capture, long most) {
        Raw request = Raw.of(capture.request(), exchange.requestHeaders());
        Raw response = Raw.of(capture.response(), exchange.responseHeaders());
        Messages messages = capture.messagesIfAny();
        long size = COST + request.bytes.length + response.bytes.length + (messages == null ? 0 : messages.size());
        Entry entry = new Entry(size, () -> redacted(request, response, messages, capture.most()));
        if (put(id, entry, most)) {
            REDACTION.execute(() -> redact(id, entry, most));
        }
    }

    private void redact(long id, Entry entry, long most) {
        Supplier<KeptContents> work = entry.work;
        if (work == null) {
            return;
        }
        try {
            KeptContents kept = work.get();
            resize(id, entry, size(kept), most);
            entry.kept.complete(kept);
        } catch (RuntimeException | StackOverflowError e) {
            entry.kept.completeExceptionally(e);
        } finally {
            entry.work = null;
        }
    }

    private static long size(KeptContents kept) {
        long texts = kept.messages() == null
                ? 0
                : kept.messages().stream()
                        .mapToLong(m -> COST_OF_MESSAGE
                                + (m.text() == null ? 0 : m.text().length()))
                        .sum();
        return COST + kept.request().bytes().length + kept.response().bytes().length + texts;
    }

    private static KeptContents redacted(Raw request, Raw response, Messages messages, int most) {
        List<Messages.Message> shown = messages == null
                ? null
                : messages.kept().stream().map(Redaction::message).toList();
        return new KeptContents(
                request.body(most), response.body(most), messages == null ? 0 : messages.count(), shown);
    }

    private synchronized boolean put(long id, Entry entry, long most) {
        makeRoom(entry.size, most);
        if (bytes + entry.size > most || !HeldMemory.take(entry.size)) {
            return false;
        }
        bytes += entry.size;
        entries.put(id, entry);
        return true;
    }

    private void makeRoom(long wanted, long most) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (bytes + wanted > most && oldest.hasNext()) {
            drop(oldest.next());
            oldest.remove();
        }
    }

    /** Counts an entry anew: marks may be longer than the secrets, and compressed content has been decompressed. */
    private synchronized void resize(long id, Entry entry, long size, long most) {
        if (entries.get(id) == entry) {
            HeldMemory.hold(size - entry.size);
            bytes += size - entry.size;
            entry.size = size;
            makeRoom(0, most);
        }
    }

    private void drop(Entry entry) {
        bytes -= entry.size;
        HeldMemory.free(entry.size);
        entry.work = null;
        entry.kept.complete(null);
    }

    synchronized void clear() {
        entries.values().forEach(this::drop);
        entries.clear();
    }

    private synchronized Entry entry(long id) {
        return entries.get(id);
    }

    /** Returns the contents that are kept of an exchange; {@code null} if there are none. May wait for up to 5 s. */
    KeptContents get(long id) {
        Entry entry = entry(id);
        if (entry == null) {
            return null;
        }
        try {
            return entry.kept.get(MAX_WAIT, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException e) {
            // a content that may still hold secrets is not shown
            return null;
        }
    }
}
