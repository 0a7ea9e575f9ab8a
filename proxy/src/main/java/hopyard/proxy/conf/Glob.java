package hopyard.proxy.conf;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** File name patterns as in glob(3), for {@code include}: matches are sorted, and no match is not a mistake. */
final class Glob {

    /** The most directory entries to look at: a pattern such as {@code /*&#47;*&#47;*} would visit all of the disk. */
    private static final int MAX_ENTRIES = 100_000;

    /** Where a path leads, as far as it may be followed. */
    interface Guard {
        /**
         * @return the path to look at; {@code null} if it must not be looked at
         */
        Path follow(Path path) throws IOException;
    }

    private final Guard guard;
    private int entries;

    Glob(Guard guard) {
        this.guard = guard;
    }

    static boolean isPattern(String name) {
        return name.indexOf('*') >= 0 || name.indexOf('?') >= 0 || name.indexOf('[') >= 0;
    }

    /**
     * Returns the existing files that match, in the order of their names.
     *
     * @param start the directory that the pattern is relative to
     * @throws IOException if there is too much to look at
     */
    List<Path> expand(Path start, Path pattern) throws IOException {
        List<Path> found = List.of(start);
        for (Path part : pattern) {
            List<Path> deeper = new ArrayList<>();
            for (Path directory : found) {
                if (isPattern(part.toString())) {
                    deeper.addAll(children(directory, part.toString()));
                } else {
                    Path next = directory.resolve(part);
                    Path real = guard.follow(next);
                    if (real != null && Files.exists(real)) {
                        deeper.add(next);
                    }
                }
            }
            found = deeper;
        }
        return found;
    }

    private List<Path> children(Path directory, String pattern) throws IOException {
        List<Path> found = new ArrayList<>();
        Path real = guard.follow(directory);
        if (real == null || !Files.isDirectory(real) || !Files.isReadable(real)) {
            return found;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(real)) {
            for (Path entry : all) {
                if (++entries > MAX_ENTRIES) {
                    throw new FileSystemException(directory.toString(), null, "too many files to look at");
                }
                String name = entry.getFileName().toString();
                // a leading period must be matched explicitly
                if (name.startsWith(".") == pattern.startsWith(".") && matches(pattern, name)) {
                    found.add(directory.resolve(name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(null);
        return found;
    }

    /** Whether a name matches a pattern of one level (fnmatch(3)); a bracket that is not closed stands for itself. */
    static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int retry = 0;
        while (n < name.length()) {
            int end = p < pattern.length() && pattern.charAt(p) != '*' ? one(pattern, p, name.charAt(n)) : -1;
            if (end > 0) {
                p = end;
                n++;
            } else if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                retry = n;
            } else if (star >= 0) {
                // let the last asterisk match one more character
                p = star + 1;
                n = ++retry;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /**
     * Returns the index in the pattern after the element that matches the character; -1 if the element does not match.
     */
    private static int one(String pattern, int p, char c) {
        char first = pattern.charAt(p);
        if (first == '?') {
            return p + 1;
        }
        if (first == '\\' && p + 1 < pattern.length()) {
            return pattern.charAt(p + 1) == c ? p + 2 : -1;
        }
        int close = first == '[' ? close(pattern, p) : -1;
        if (close < 0) {
            return first == c ? p + 1 : -1;
        }
        int at = p + 1;
        boolean negated = pattern.charAt(at) == '!' || pattern.charAt(at) == '^';
        at += negated ? 1 : 0;
        boolean in = false;
        while (at < close) {
            char low = pattern.charAt(at);
            boolean range = at + 2 < close && pattern.charAt(at + 1) == '-';
            char high = range ? pattern.charAt(at + 2) : low;
            in |= low <= c && c <= high;
            at += range ? 3 : 1;
        }
        return in != negated ? close + 1 : -1;
    }

    /** Returns the index of the bracket that ends a set. A bracket that comes first in the set belongs to it. */
    private static int close(String pattern, int open) {
        int from = open + 1;
        if (from < pattern.length() && (pattern.charAt(from) == '!' || pattern.charAt(from) == '^')) {
            from++;
        }
        return pattern.indexOf(']', from + 1);
    }
}
