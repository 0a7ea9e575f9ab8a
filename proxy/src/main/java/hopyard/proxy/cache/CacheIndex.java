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
 * What a cache's {@code keys_zone} holds: which files there are, how large they are and when they were last used, how often
 * what is not kept was asked for, and who is fetching what. Of keys it knows the hash alone, as nginx does; all else is in
 * the files. It goes on from configuration to configuration, and its lock guards all of it.
 *
 * <p>Where there is no room for another key, the file that was used longest ago goes.
 */
final class CacheIndex {

    /** The MD5 of a key. */
    record Hash(long high, long low) {}

    /** What a key takes, in bytes: its hash, what is known of it, and its place. */
    static final int NODE = ZoneMemory.LINKED_ENTRY + 32 + 48;

    /** nginx looks no further for something to let go. */
    private static final int MAX_TRIES = 20;

    private static final class Node {
        private long used;
        private long size;
        private int uses;
        private List<Runnable> waiters;
        private boolean fetching;
    }

    /** The one that was used longest ago comes first. */
    private final Map<Hash, Node> nodes = new LinkedHashMap<>(16, 0.75f, true);

    private final ZoneMemory memory = new ZoneMemory(0);
    private final AtomicBoolean loaded = new AtomicBoolean();
    private final Function<Hash, Path> files;
    private long size;

    /**
     * @param files says where a file lies
     */
    CacheIndex(Function<Hash, Path> files) {
        this.files = files;
    }

    /** Whether it is still to be told what lies in the directory; true for the first who asks. */
    boolean isCold() {
        return loaded.compareAndSet(false, true);
    }

    void bound(long bytes) {
        memory.bound(bytes);
    }

    /** How many keys it holds. */
    synchronized int count() {
        return nodes.size();
    }

    /** Whether there is a file, which counts as used now. */
    synchronized boolean has(Hash hash) {
        Node node = nodes.get(hash);
        if (node == null || node.size == 0) {
            return false;
        }
        node.used = System.currentTimeMillis();
        return true;
    }

    /**
     * A response is to be fetched and kept.
     *
     * @param minUses how often it has to have been asked for
     * @throws IOException if a file that has to go cannot be deleted
     */
    synchronized CacheFetch begin(Hash hash, int minUses) throws IOException {
        Node node = node(hash);
        if (node == null) {
            return CacheFetch.NO_ROOM;
        }
        if (minUses > 1 && ++node.uses < minUses) {
            return CacheFetch.TOO_RARE;
        }
        if (node.fetching) {
            return CacheFetch.UNDER_WAY;
        }
        node.fetching = true;
        return CacheFetch.BEGUN;
    }

    /** Has {@code waiter} run when whoever fetches is done; false if nobody does. */
    synchronized boolean await(Hash hash, Runnable waiter) {
        Node node = nodes.get(hash);
        if (node == null || !node.fetching) {
            return false;
        }
        node.waiters = node.waiters == null ? new ArrayList<>() : node.waiters;
        return node.waiters.add(waiter);
    }

    /** Whoever has begun to fetch is done, with or without a response; returns who has waited for that. */
    synchronized List<Runnable> end(Hash hash) {
        Node node = nodes.get(hash);
        if (node == null) {
            return List.of();
        }
        List<Runnable> waiters = node.waiters == null ? List.of() : node.waiters;
        node.waiters = null;
        node.fetching = false;
        if (node.size == 0 && node.uses == 0) {
            remove(hash);
        }
        return waiters;
    }

    /** There is a file now, of that size; false if there is no room to know of it. */
    synchronized boolean add(Hash hash, long bytes) throws IOException {
        Node node = node(hash);
        if (node == null) {
            return false;
        }
        size += bytes - node.size;
        node.size = bytes;
        return true;
    }

    /** The same of a file that has been there before: nothing has to go for it. */
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

    /** The file is not there any more, or is not what it should be. */
    synchronized void forget(Hash hash) {
        Node node = nodes.get(hash);
        if (node != null) {
            size -= node.size;
            node.size = 0;
            if (!node.fetching) {
                remove(hash);
            }
        }
    }

    /** Forgets everything but what somebody may be waiting for, and leaves the files where they are. */
    synchronized void clear() {
        for (Hash hash : List.copyOf(nodes.keySet())) {
            forget(hash);
        }
    }

    /**
     * Lets go what has not been used for long, what makes the files larger together than they may be, and what the zone has
     * no room for any more.
     *
     * @param inactiveMillis how long is too long
     * @param maxSize of the files, in bytes; 0 for no limit
     * @param most how many at a time, so that others have their turn
     * @return whether that was all
     */
    synchronized boolean shrink(long inactiveMillis, long maxSize, int most) throws IOException {
        long before = System.currentTimeMillis() - inactiveMillis;
        for (int i = 0; i < most; i++) {
            boolean isTooMuch = maxSize > 0 && size > maxSize || memory.isOverfull();
            if (!removeOldest(isTooMuch ? Long.MAX_VALUE : before)) {
                return true;
            }
        }
        return false;
    }

    /** What is known of a key, which counts as used now; {@code null} if there is no room for it. */
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
     * Lets go the one that was used longest ago, with its file; false if there is none that is not being fetched.
     *
     * @param before only if it was used before this, in ms since 1970
     */
    private boolean removeOldest(long before) throws IOException {
        for (int i = Math.min(MAX_TRIES, nodes.size()); i > 0; i--) {
            Map.Entry<Hash, Node> oldest = nodes.entrySet().iterator().next();
            Hash hash = oldest.getKey();
            Node node = oldest.getValue();
            if (node.used >= before) {
                return false;
            }
            if (!node.fetching) {
                remove(hash);
                if (node.size > 0) {
                    Files.deleteIfExists(files.apply(hash));
                }
                return true;
            }
            // looking it up moves it to the end, so that it is not in the way the next time
            nodes.get(hash).used = System.currentTimeMillis();
        }
        return false;
    }

    private void remove(Hash hash) {
        size -= nodes.remove(hash).size;
        memory.free(NODE);
    }
}
