package hopyard.proxy.modules;

import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * A file in a listing of {@link AutoindexModule}.
 *
 * @param name its bytes, as characters
 */
record DirectoryEntry(String name, BasicFileAttributes attributes) {

    boolean isDirectory() {
        return attributes.isDirectory();
    }

    boolean isFile() {
        return attributes.isRegularFile();
    }

    String type() {
        return isDirectory() ? "directory" : isFile() ? "file" : "other";
    }

    long size() {
        return attributes.size();
    }

    Instant modified() {
        return attributes.lastModifiedTime().toInstant();
    }
}
