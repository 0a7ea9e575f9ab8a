package hopyard.proxy.cache;

import hopyard.memory.ZoneMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * What a cache's {@code keys_zone} holds: which files there are, how large they are and when they were last used; how
 * often a response that is not kept was asked for; and who is fetching what. It knows only the hash of a key, as in
 * nginx; all else is in the files. A new configuration takes it over from the old one. Its lock guards all of it.
 *
 * <p>If there is no room for another key, the file that was used longest ago is deleted.
 */
final class CacheIndex {

    /** The MD5 of a key. */
    record Hash(long high, long low) {}

    /** The memory that a key takes, in bytes: its hash, what is known of it, and its place in the table. */
    static final int NODE = ZoneMemory.LINKED_ENTRY + 32 + 48;

    /** How many entries are looked at to find one that can be removed, as in nginx. */
    private static final int MAX_TRIES = 20;

    private static final class Node {
        private long used;
        private long size;
        private int uses;
        private List<Runnable> waiters;
        /** Who fetches; {@code null} for nobody. */
        private Object fetcher;
        /** Until when nobody else may fetch in its place, in ms since 1970. */
        private long lockedUntil;
        /** The status of an error that is kept in the place of a file; 0 for none. */
        private int error;

        private long errorUntil;

        /** Whether it says no more than a key that is not there. */
        private boolean isEmpty() {
            return size == 0 && uses == 0 && error == 0 && fetcher == null;
        }
    }

    /** By hash; the entry that was used longest ago comes first. */
    private final Map<Hash, Node> nodes = new LinkedHashMap<>(16, 0.75f, true);

    private final ZoneMemory memory = new ZoneMemory(0);
    private final AtomicBoolean isClaimed = new AtomicBoolean();
    private volatile boolean isLoaded;
    private final Function<Hash, Path> files;
    private long size;

    /**
     * @param files says where a file lies
     */
    CacheIndex(Function<Hash, Path> files) {
        this.files = files;
    }

    /** Whether the caller has to tell the index what the directory holds; true only for the first one. */
    boolean claimLoading() {
        return isClaimed.compareAndSet(false, true);
    }

    /** Notes that the index knows all that the directory holds. */
    void loaded() {
        isLoaded = true;
    }

    /** Whether the directory may hold files that the index does not know yet. */
    boolean isCold() {
        return !isLoaded;
    }

    void bound(long bytes) {
        memory.bound(bytes);
    }

    /** Returns how many keys the index holds. */
    synchronized int count() {
        return nodes.size();
    }

    /** Whether there is a file for the key. The file then counts as used now. */
    synchronized boolean has(Hash hash) {
        Node node = nodes.get(hash);
        if (node == null || node.size == 0) {
            return false;
        }
        node.used = System.currentTimeMillis();
        return true;
    }

    /**
     * Asks to fetch a response and keep it.
     *
     * @param minUses how often the response must have been asked for
     * @param lockMillis after how long another one may fetch in the caller's place
     * @param fetcher the caller
     * @throws IOException if a file that has to make room cannot be deleted
     */
    synchronized CacheFetch begin(Hash hash, int minUses, long lockMillis, Object fetcher) throws IOException {
        Node node = node(hash);
        if (node == null) {
            return CacheFetch.NO_ROOM;
        }
        if (minUses > 1 && ++node.uses < minUses) {
            return CacheFetch.TOO_RARE;
        }
        long now = System.currentTimeMillis();
        if (node.fetcher != null && now < node.lockedUntil) {
            return CacheFetch.UNDER_WAY;
        }
        node.fetcher = fetcher;
        node.lockedUntil = now + lockMillis;
        return CacheFetch.BEGUN;
    }

    /** Returns how often a response has been asked for that is to be asked for several times before it is kept. */
    synchronized int uses(Hash hash) {
        Node node = nodes.get(hash);
        return node == null ? 0 : node.uses;
    }

    /** Returns for how long yet nobody else may fetch in the place of the one that does, in ms. */
    synchronized long lockedMillis(Hash hash) {
        Node node = nodes.get(hash);
        return node == null ? 0 : node.lockedUntil - System.currentTimeMillis();
    }

    /** Has {@code waiter} run when the request that fetches is done; false if none fetches. */
    synchronized boolean await(Hash hash, Runnable waiter) {
        Node node = nodes.get(hash);
        if (node == null || node.fetcher == null) {
            return false;
        }
        node.waiters = node.waiters == null ? new ArrayList<>() : node.waiters;
        return node.waiters.add(waiter);
    }

    /**
     * Notes that the request that fetches is done, with or without a response. Returns what waits for that: nothing, if
     * another request fetches in its place by now.
     */
    synchronized List<Runnable> end(Hash hash, Object fetcher) {
        Node node = nodes.get(hash);
        if (node == null || node.fetcher != fetcher) {
            return List.of();
        }
        List<Runnable> waiters = node.waiters == null ? List.of() : node.waiters;
        node.waiters = null;
        node.fetcher = null;
        if (node.isEmpty()) {
            remove(hash);
        }
        return waiters;
    }

    /**
     * Keeps an error in the place of a response.
     *
     * @param until for how long it is good, in ms since 1970
     * @return false if there is no room for its key
     */
    synchronized boolean addError(Hash hash, int status, long until) throws IOException {
        Node node = node(hash);
        if (node == null) {
            return false;
        }
        node.error = status;
        node.errorUntil = until;
        return true;
    }

    /**
     * Returns the status of the error that is kept in the place of a response; 0 for none. With an error that is not
     * good any longer goes the response that there was before, as in nginx.
     */
    synchronized int error(Hash hash) throws IOException {
        Node node = nodes.get(hash);
        if (node == null || node.error == 0) {
            return 0;
        }
        node.used = System.currentTimeMillis();
        if (node.used >= node.errorUntil) {
            node.error = 0;
            if (node.size > 0) {
                Files.deleteIfExists(files.apply(hash));
            }
            forget(hash);
            return 0;
        }
        return node.error;
    }

    /** Notes that there is a file now, of {@code bytes} bytes; false if there is no room for its key. */
    synchronized boolean add(Hash hash, long bytes) throws IOException {
        Node node = node(hash);
        if (node == null) {
            return false;
        }
        size += bytes - node.size;
        node.size = bytes;
        node.error = 0;
        return true;
    }

    /**
     * Notes a file that has been there before; false if there is no room for its key, because no other file is deleted
     * for it.
     */
    synchronized boolean addOld(Hash hash, long bytes) {
        if (nodes.containsKey(hash)) {
            return true;
        }
        if (!memory.take(NODE)) {
            return false;
        }
        Node node = new Node();
        node.used = System.currentTimeMillis();
        node.size = bytes;
        size += bytes;
        nodes.put(hash, node);
        return true;
    }

    /**
     * Forgets a file that is not there any more, or is not what it should be. How often it was asked for stays known,
     * as in nginx.
     */
    synchronized void forget(Hash hash) {
        Node node = nodes.get(hash);
        if (node != null) {
            size -= node.size;
            node.size = 0;
            if (node.isEmpty()) {
                remove(hash);
            }
        }
    }

    /** Forgets everything except keys that somebody may be waiting for. The files stay. */
    synchronized void clear() {
        for (Hash hash : List.copyOf(nodes.keySet())) {
            nodes.get(hash).uses = 0;
            nodes.get(hash).error = 0;
            forget(hash);
        }
    }

    /**
     * Removes the entries, with their files, that have not been used for too long; then the oldest ones while the files
     * are too large together or the zone holds too many keys.
     *
     * @param inactiveMillis how long is too long
     * @param maxSize the limit for all files, in bytes
     * @param most how many entries at a time, so that others have their turn
     * @return whether nothing is left to remove
     */
    synchronized boolean shrink(long inactiveMillis, long maxSize, int most) throws IOException {
        long before = System.currentTimeMillis() - inactiveMillis;
        for (int i = 0; i < most; i++) {
            boolean isTooMuch = size > maxSize || memory.isOverfull();
            if (!removeOldest(isTooMuch ? Long.MAX_VALUE : before)) {
                return true;
            }
        }
        return false;
    }

    /** Returns what is known of a key, which counts as used now; {@code null} if there is no room for it. */
    private Node node(Hash hash) throws IOException {
        Node node = nodes.get(hash);
        if (node == null) {
            while (!memory.take(NODE)) {
                if (!removeOldest(Long.MAX_VALUE)) {
                    return null;
                }
            }
            node = new Node();
            nodes.put(hash, node);
        }
        node.used = System.currentTimeMillis();
        return node;
    }

    /**
     * Removes the entry that was used longest ago, and deletes its file; false if all those looked at are being
     * fetched.
     *
     * @param before only an entry that was used before this time is removed, in ms since 1970
     */
    private boolean removeOldest(long before) throws IOException {
        for (int i = Math.min(MAX_TRIES, nodes.size()); i > 0; i--) {
            Map.Entry<Hash, Node> oldest = nodes.entrySet().iterator().next();
            Hash hash = oldest.getKey();
            Node node = oldest.getValue();
            if (node.used >= before) {
                return false;
            }
            if (node.fetcher == null) {
                remove(hash);
                if (node.size > 0) {
                    Files.deleteIfExists(files.apply(hash));
                }
                return true;
            }
            // looking the entry up moves it to the end, so that it is not in the way next time
            nodes.get(hash).used = System.currentTimeMillis();
        }
        return false;
    }

    private void remove(Hash hash) {
        size -= nodes.remove(hash).size;
        memory.free(NODE);
    }
}
