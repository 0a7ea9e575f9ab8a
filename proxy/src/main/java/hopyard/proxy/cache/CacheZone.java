package hopyard.proxy.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A {@code proxy_cache_path}: the responses in a directory, and who is fetching which. Used by all I/O threads.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_path">proxy_cache_path</a>
 */
public final class CacheZone {

    /** What is being written is younger than this; a second is more than file systems round their times by. */
    private static final long STARTED = System.currentTimeMillis() - 1000;

    /**
     * @param levels how many hex digits of the key's hash each level of directories has
     * @param maxSize how many bytes it may hold; 0 for no limit
     * @param inactiveMillis how long a response is kept that nobody asks for
     */
    public record Settings(Path directory, List<Integer> levels, long maxSize, long inactiveMillis) {}

    private static final class Slot {
        private CacheEntry entry;
        private long used;
    }

    private final String name;
    private final Settings settings;
    /** By the file's name; the one that was used longest ago comes first. */
    private final Map<String, Slot> slots = new LinkedHashMap<>(64, 0.75f, true);

    private final Map<String, Integer> uses = new HashMap<>();
    private final Map<String, List<Runnable>> fetching = new HashMap<>();
    private long size;

    /**
     * @throws UncheckedIOException if the directory cannot be made
     */
    public CacheZone(String name, Settings settings) {
        this.name = name;
        this.settings = settings;
        try {
            Files.createDirectories(settings.directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public Settings settings() {
        return settings;
    }

    /** Takes up what an earlier run has left in the directory. */
    public void load() throws IOException {
        try (Stream<Path> files = Files.walk(settings.directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().endsWith(".tmp")) {
                    if (file.toFile().lastModified() < STARTED) {
                        Files.deleteIfExists(file);
                    }
                    continue;
                }
                try {
                    CacheEntry entry = CacheEntry.read(file);
                    synchronized (this) {
                        if (!slots.containsKey(file.getFileName().toString())) {
                            put(entry);
                        }
                    }
                } catch (IOException e) {
                    // of no use to anybody
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** What there is for a key; {@code null} for nothing. */
    public synchronized CacheEntry find(String key, Map<String, String> request) {
        CacheEntry main = get(hash(key));
        if (main == null || !main.key().equals(key)) {
            return null;
        }
        String variant = variant(main.vary(), request);
        if (variant.equals(main.variant())) {
            return main;
        }
        CacheEntry other = get(hash(key + variant));
        return other != null && other.key().equals(key) && other.variant().equals(variant) ? other : null;
    }

    private CacheEntry get(String hash) {
        Slot slot = slots.get(hash);
        if (slot == null) {
            return null;
        }
        slot.used = System.currentTimeMillis();
        return slot.entry;
    }

    /** The values of the fields that a response varies by, in one text. */
    static String variant(String vary, Map<String, String> request) {
        if (vary.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (String field : vary.split(",")) {
            out.append(field)
                    .append(':')
                    .append(request.getOrDefault(field, ""))
                    .append('\n');
        }
        return out.toString();
    }

    /**
     * Begins to write a response.
     *
     * @param head the header as the upstream sent it
     */
    public EntryWriter write(String key, Freshness until, String vary, Map<String, String> request, byte[] head)
            throws IOException {
        String variant = variant(vary, request);
        boolean isSecond;
        synchronized (this) {
            CacheEntry main = get(hash(key));
            isSecond =
                    main != null && main.vary().equals(vary) && !main.variant().equals(variant);
        }
        Path file = file(hash(isSecond ? key + variant : key));
        return new EntryWriter(
                this,
                new CacheEntry(
                        file,
                        key,
                        until.validUntil(),
                        until.updatingUntil(),
                        until.errorUntil(),
                        vary,
                        variant,
                        head,
                        0,
                        0));
    }

    private Path file(String hash) {
        Path directory = settings.directory;
        int end = hash.length();
        for (int level : settings.levels) {
            directory = directory.resolve(hash.substring(end - level, end));
            end -= level;
        }
        return directory.resolve(hash);
    }

    synchronized void added(CacheEntry entry) {
        put(entry);
        shrink();
    }

    /** Replaces what is known about a response whose file has not changed otherwise. */
    public synchronized void update(CacheEntry entry) {
        put(entry);
    }

    private void put(CacheEntry entry) {
        Slot slot = slots.computeIfAbsent(entry.file().getFileName().toString(), f -> new Slot());
        size += entry.size() - (slot.entry == null ? 0 : slot.entry.size());
        slot.entry = entry;
        slot.used = System.currentTimeMillis();
    }

    private void shrink() {
        List<String> gone = new ArrayList<>();
        long left = size;
        for (Map.Entry<String, Slot> each : slots.entrySet()) {
            if (settings.maxSize == 0 || left <= settings.maxSize) {
                break;
            }
            left -= each.getValue().entry.size();
            gone.add(each.getKey());
        }
        gone.forEach(this::remove);
    }

    /** Removes what nobody has asked for in a long time. */
    public synchronized void expire() {
        long now = System.currentTimeMillis();
        List<String> gone = new ArrayList<>();
        slots.forEach((hash, slot) -> {
            if (now - slot.used > settings.inactiveMillis) {
                gone.add(hash);
            }
        });
        gone.forEach(this::remove);
        if (uses.size() > 100_000) {
            uses.clear();
        }
    }

    private void remove(String hash) {
        Slot slot = slots.remove(hash);
        size -= slot.entry.size();
        try {
            Files.deleteIfExists(slot.entry.file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Forgets a response whose file is not what it was. */
    public synchronized void forget(CacheEntry entry) {
        Slot slot = slots.remove(entry.file().getFileName().toString());
        if (slot != null) {
            size -= slot.entry.size();
        }
    }

    /** Counts how often a key has been asked for without being there. */
    public synchronized int countUse(String key) {
        return uses.merge(key, 1, Integer::sum);
    }

    /**
     * Says that one is going to fetch what a key stands for.
     *
     * @return false if somebody else is doing so
     */
    public synchronized boolean beginFetch(String key) {
        return fetching.putIfAbsent(key, new ArrayList<>()) == null;
    }

    public synchronized boolean isFetching(String key) {
        return fetching.containsKey(key);
    }

    /** Has {@code waiter} run when whoever fetches the key's response is done; false if nobody does. */
    public synchronized boolean await(String key, Runnable waiter) {
        List<Runnable> waiters = fetching.get(key);
        return waiters != null && waiters.add(waiter);
    }

    /** Whoever has begun to fetch is done, with or without a response. */
    public void endFetch(String key) {
        List<Runnable> waiters;
        synchronized (this) {
            waiters = fetching.remove(key);
        }
        if (waiters != null) {
            waiters.forEach(Runnable::run);
        }
    }

    private static String hash(String key) {
        try {
            // the file's name, as nginx makes it: no secret hangs on MD5 here
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(key.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
