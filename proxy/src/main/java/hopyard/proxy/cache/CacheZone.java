package hopyard.proxy.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A {@code proxy_cache_path}: the responses in a directory. Used by all I/O threads.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_path">proxy_cache_path</a>
 */
public final class CacheZone {

    /**
     * When this process started: a file that is being written is younger. A second is more than file systems round
     * times by.
     */
    private static final long STARTED = System.currentTimeMillis() - 1000;

    /** Only the owner may list what clients were sent, as with nginx. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** The fields in which blanks and empty elements make no difference, as in nginx. */
    private static final Set<String> NORMALIZED = Set.of("accept-charset", "accept-encoding", "accept-language");

    /** What may stand between the elements of a list, as nginx reads it. */
    private static final Pattern SEPARATORS = Pattern.compile("[ ,]+");

    /** How many files are deleted at a time before others have their turn. */
    private static final int MAX_AT_ONCE = 100;

    /**
     * @param levels how many hex digits of the key's hash each level of directories has
     * @param maxSize how many bytes the cache may hold; {@link Long#MAX_VALUE} for no limit
     * @param inactiveMillis how long a response is kept that nobody asks for
     */
    public record Settings(Path directory, List<Integer> levels, long maxSize, long inactiveMillis) {}

    /**
     * What there is for a key.
     *
     * @param file open; the caller closes it
     */
    public record Found(CacheEntry entry, FileChannel file) {}

    private final String name;
    private final Settings settings;
    private long bound;
    private CacheIndex index = new CacheIndex(this::file);

    public CacheZone(String name, Settings settings) {
        this.name = name;
        this.settings = settings;
    }

    public String name() {
        return name;
    }

    public Settings settings() {
        return settings;
    }

    /** Returns how many keys the zone holds. */
    public int keys() {
        return index.count();
    }

    /** Sets how much heap the zone's keys may take, in bytes. */
    public void bound(long bytes) {
        bound = bytes;
        index.bound(bytes);
    }

    /**
     * Takes over what the zone of the same name and directory in the running configuration knows. Both zones share it
     * from now on.
     */
    public void takeOver(CacheZone running) {
        index = running.index;
        index.bound(bound);
    }

    /** Forgets all keys; the files stay. */
    public void retire() {
        index.clear();
    }

    /** Creates the directory if it does not exist. */
    public void open() throws IOException {
        makeDirectory(settings.directory);
    }

    static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory, OWNER_ONLY);
    }

    /**
     * Takes up the files that an earlier run has left in the directory, unless that has been done already. A file for
     * whose key the zone has no room is deleted.
     *
     * @return whether there was room for all
     */
    public boolean load() throws IOException {
        boolean hasRoom = true;
        if (!index.claimLoading()) {
            return hasRoom;
        }
        try (Stream<Path> files = Files.walk(settings.directory)) {
            for (Iterator<Path> all = files.iterator(); all.hasNext(); ) {
                Path file = all.next();
                CacheIndex.Hash hash = hashOf(file.getFileName().toString());
                if (hash != null && Files.isRegularFile(file)) {
                    if (!index.addOld(hash, Math.max(1, file.toFile().length()))) {
                        hasRoom = false;
                        Files.deleteIfExists(file);
                    }
                } else if (file.toString().endsWith(".tmp") && file.toFile().lastModified() < STARTED) {
                    Files.deleteIfExists(file);
                }
            }
        } finally {
            index.loaded();
        }
        return hasRoom;
    }

    /** Returns what there is for a key; {@code null} for nothing. */
    public Found find(String key, Map<String, String> request) throws IOException {
        CacheIndex.Hash hash = hash(key);
        Found main = read(hash);
        if (main == null) {
            return null;
        }
        CacheEntry entry = main.entry;
        String variant = variant(entry.vary(), request);
        if (entry.key().equals(key) && variant.equals(entry.variant())) {
            return main;
        }
        main.file.close();
        Found other = entry.key().equals(key) ? read(hash(key + variant)) : null;
        if (other == null
                || other.entry.key().equals(key) && other.entry.variant().equals(variant)) {
            return other;
        }
        other.file.close();
        return null;
    }

    /** Returns what an entry's file holds now; {@code null} if the file is not there any more. */
    public Found reopen(CacheEntry entry) throws IOException {
        return read(hashOf(entry.file().getFileName().toString()));
    }

    private Found read(CacheIndex.Hash hash) throws IOException {
        boolean isKnown = index.has(hash);
        if (!isKnown && !index.isCold()) {
            return null;
        }
        Path path = file(hash);
        FileChannel file;
        try {
            file = FileChannel.open(path);
        } catch (IOException e) {
            if (isKnown) {
                // somebody has cleared the directory
                index.forget(hash);
            }
            return null;
        }
        CacheEntry entry = null;
        try {
            entry = CacheEntry.read(path, file);
        } finally {
            if (entry == null) {
                file.close();
                index.forget(hash);
            }
        }
        if (!isKnown) {
            // there is no room for it only if the index will find none either, and then delete it
            index.addOld(hash, Math.max(1, file.size()));
        }
        return new Found(entry, file);
    }

    /** Returns the elements of a list with commas between them, and nothing else. */
    public static String elements(String list) {
        return SEPARATORS.matcher(list).replaceAll(",").replaceAll("^,|,$", "");
    }

    /** Returns the values of the fields that a response varies by, as one text. */
    static String variant(String vary, Map<String, String> request) {
        if (vary.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (String field : vary.split(",")) {
            // blanks and empty elements of a list make no other variant, as in nginx
            String value = request.getOrDefault(field, "");
            out.append(field)
                    .append(':')
                    .append(NORMALIZED.contains(field) ? elements(value) : value)
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
        Found main = vary.isEmpty() ? null : read(hash(key));
        boolean isSecond = main != null
                && main.entry.vary().equals(vary)
                && !main.entry.variant().equals(variant);
        if (main != null) {
            main.file.close();
        }
        return new EntryWriter(
                this,
                new CacheEntry(file(hash(isSecond ? key + variant : key)), key, until, vary, variant, head, 0, 0));
    }

    private Path file(CacheIndex.Hash hash) {
        String text = HexFormat.of().toHexDigits(hash.high()) + HexFormat.of().toHexDigits(hash.low());
        Path directory = settings.directory;
        int end = text.length();
        for (int level : settings.levels) {
            directory = directory.resolve(text.substring(end - level, end));
            end -= level;
        }
        return directory.resolve(text);
    }

    /**
     * Notes that a file is complete. Returns false if there is no room for its key; the file is then deleted.
     *
     * @param size of the file, in bytes
     */
    boolean added(Path file, long size) throws IOException {
        boolean hasRoom = index.add(hashOf(file.getFileName().toString()), size);
        if (hasRoom) {
            index.shrink(Long.MAX_VALUE, settings.maxSize, MAX_AT_ONCE);
        } else {
            Files.deleteIfExists(file);
        }
        return hasRoom;
    }

    /** Removes responses that nobody has asked for in a long time, and responses beyond the limit. */
    public void expire() throws IOException {
        boolean isAll;
        do {
            isAll = index.shrink(settings.inactiveMillis, settings.maxSize, MAX_AT_ONCE);
        } while (!isAll);
    }

    /** Forgets a response whose file is not what it should be. */
    public void forget(CacheEntry entry) {
        index.forget(hashOf(entry.file().getFileName().toString()));
    }

    /** Asks to fetch the response for a key and keep it, see {@link CacheIndex#begin}. */
    public CacheFetch begin(String key, int minUses, long lockMillis, Object fetcher) throws IOException {
        return index.begin(hash(key), minUses, lockMillis, fetcher);
    }

    /** See {@link CacheIndex#uses}. */
    public int uses(String key) {
        return index.uses(hash(key));
    }

    /** Returns for how long yet nobody else may fetch in the place of the one that does, in ms. */
    public long lockedMillis(String key) {
        return index.lockedMillis(hash(key));
    }

    /**
     * Keeps an error in the place of a response, see {@link CacheIndex#addError}.
     *
     * @param until for how long it is good, in ms since 1970
     */
    public boolean addError(String key, int status, long until) throws IOException {
        return index.addError(hash(key), status, until);
    }

    /** Returns the status of the error that is kept in the place of a response; 0 for none. */
    public int error(String key) throws IOException {
        return index.error(hash(key));
    }

    /** Has {@code waiter} run when the request that fetches the key's response is done; false if none fetches it. */
    public boolean await(String key, Runnable waiter) {
        return index.await(hash(key), waiter);
    }

    /** Notes that the request that fetches is done, with or without a response, and runs what waits for that. */
    public void end(String key, Object fetcher) {
        index.end(hash(key), fetcher).forEach(Runnable::run);
    }

    private static CacheIndex.Hash hash(String key) {
        try {
            // the file's name, as nginx makes it; MD5 does not protect a secret here
            ByteBuffer md5 =
                    ByteBuffer.wrap(MessageDigest.getInstance("MD5").digest(key.getBytes(StandardCharsets.ISO_8859_1)));
            return new CacheIndex.Hash(md5.getLong(), md5.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the hash that a file's name stands for; {@code null} if the name is not a hash. */
    private static CacheIndex.Hash hashOf(String name) {
        return name.matches("[0-9a-f]{32}")
                ? new CacheIndex.Hash(
                        Long.parseUnsignedLong(name.substring(0, 16), 16),
                        Long.parseUnsignedLong(name.substring(16), 16))
                : null;
    }
}
