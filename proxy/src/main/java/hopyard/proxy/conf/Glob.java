package hopyard.proxy.conf;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** File name patterns as glob(3) knows them, for {@code include}: sorted, and no match is no mistake. */
final class Glob {

    private Glob() {}

    static boolean isPattern(String name) {
        return name.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    /** The existing files that match an absolute pattern, in the order of their names. */
    static List<Path> expand(String pattern) throws IOException {
        List<Path> found = List.of(Path.of("/"));
        for (Path part : Path.of(pattern)) {
            List<Path> deeper = new ArrayList<>();
            for (Path directory : found) {
                if (isPattern(part.toString())) {
                    deeper.addAll(children(directory, part.toString()));
                } else if (Files.exists(directory.resolve(part))) {
                    deeper.add(directory.resolve(part));
                }
            }
            found = deeper;
        }
        return found;
    }

    private static List<Path> children(Path directory, String pattern) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            // braces are ordinary characters to glob(3) as nginx calls it, but groups to Java
            String javaPattern = pattern.replace("{", "\\{").replace("}", "\\}");
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, javaPattern)) {
                for (Path entry : entries) {
                    // a leading period must be matched explicitly
                    if (pattern.startsWith(".")
                            || !entry.getFileName().toString().startsWith(".")) {
                        found.add(entry);
                    }
                }
            }
        }
        found.sort(null);
        return found;
    }
}
