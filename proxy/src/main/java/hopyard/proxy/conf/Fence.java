package hopyard.proxy.conf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a configuration sees that is only tested: the directory of the main file, and the files that the running
 * configuration has read. Nothing else is looked at, so a test cannot even tell whether another file exists. No name is
 * looked up: each gets an address that stands for it.
 */
public final class Fence implements Surroundings {

    /** As many symbolic links as Linux follows. */
    private static final int MAX_LINKS = 40;

    private final Path directory;
    private final Path real;
    private final Set<Path> known;
    private final Set<Path> read = new LinkedHashSet<>();
    private final StandIns names = new StandIns();

    /**
     * @param directory the directory of the main file
     * @param known what else may be read
     * @throws IOException if the directory is gone
     */
    public Fence(Path directory, Set<Path> known) throws IOException {
        this.directory = directory;
        this.real = directory.toRealPath();
        this.known = known;
    }

    @Override
    public String read(Path file, long most) throws IOException {
        Path inside = inside(file);
        String text;
        if (inside != null) {
            text = RegularFile.read(inside, most, LinkOption.NOFOLLOW_LINKS);
        } else if (known.contains(file)) {
            text = RegularFile.read(file, most);
        } else {
            throw outside(file);
        }
        read.add(file);
        return text;
    }

    @Override
    public List<Path> expand(Path pattern) throws IOException {
        for (Path start : List.of(directory, real)) {
            if (pattern.startsWith(start)) {
                return new Glob(this::inside).expand(start, start.relativize(pattern));
            }
        }
        List<Path> matching =
                known.stream().filter(file -> matches(pattern, file)).sorted().toList();
        if (matching.isEmpty()) {
            throw outside(pattern);
        }
        return matching;
    }

    private static boolean matches(Path pattern, Path file) {
        if (pattern.getNameCount() != file.getNameCount()) {
            return false;
        }
        for (int i = 0; i < pattern.getNameCount(); i++) {
            if (!Glob.matches(pattern.getName(i).toString(), file.getName(i).toString())) {
                return false;
            }
        }
        return true;
    }

    private IOException outside(Path file) {
        return new FileSystemException(
                file.toString(),
                null,
                "the console's test does not look outside of \"" + directory + "\": \"hopyard -t\" does");
    }

    /**
     * Returns where a path really leads, if every step on the way is inside of the directory; else {@code null}. It
     * follows links itself, so that nothing outside is touched.
     */
    private Path inside(Path file) throws IOException {
        Deque<Path> steps = new ArrayDeque<>();
        if (!push(file, steps)) {
            return null;
        }
        Path at = real;
        int links = 0;
        while (!steps.isEmpty()) {
            Path step = steps.pop();
            if (step.toString().equals("..")) {
                if (at.equals(real)) {
                    return null;
                }
                at = at.getParent();
                continue;
            }
            if (step.toString().isEmpty() || step.toString().equals(".")) {
                continue;
            }
            Path next = at.resolve(step);
            if (!Files.isSymbolicLink(next)) {
                at = next;
                continue;
            }
            if (++links > MAX_LINKS) {
                throw new FileSystemException(file.toString(), null, "Too many levels of symbolic links");
            }
            Path target = Files.readSymbolicLink(next);
            if (!target.isAbsolute()) {
                pushAll(target, steps);
            } else if (push(target, steps)) {
                at = real;
            } else {
                return null;
            }
        }
        return at;
    }

    /**
     * Puts the steps of an absolute path, from the directory on, in front of the other steps; false if the path does
     * not begin in the directory.
     */
    private boolean push(Path absolute, Deque<Path> steps) {
        Path from = absolute.startsWith(directory) ? directory : absolute.startsWith(real) ? real : null;
        if (from == null) {
            return false;
        }
        if (!absolute.equals(from)) {
            pushAll(absolute.subpath(from.getNameCount(), absolute.getNameCount()), steps);
        }
        return true;
    }

    private static void pushAll(Path relative, Deque<Path> steps) {
        List<Path> parts = new ArrayList<>();
        relative.forEach(parts::add);
        for (int i = parts.size() - 1; i >= 0; i--) {
            steps.push(parts.get(i));
        }
    }

    @Override
    public List<InetAddress> lookUp(String host) throws UnknownHostException {
        return names.lookUp(host);
    }

    @Override
    public Set<Path> read() {
        return read;
    }

    /** Returns the mistake as it may be shown: without words from files that the running configuration has not read. */
    public ConfException withoutQuotes(ConfException e) {
        boolean quotes = e.file() == null
                ? !known.containsAll(read)
                : read.contains(Path.of(e.file())) && !known.contains(Path.of(e.file()));
        if (!quotes) {
            return e;
        }
        String what = "there is a mistake that \"hopyard -t\" shows: the running configuration does not have the file";
        return e.file() == null ? ConfException.anywhere(what) : ConfException.at(what, e.file(), e.line());
    }
}
