package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What WebDAV leaves on the disk; what it answers is in {@code configurations/webdav.cases}. */
class DavTest {

    @TempDir
    private Path directory;

    private ProxyUnderTest proxy(String lines) throws IOException {
        Files.createDirectories(directory.resolve("www"));
        return ProxyUnderTest.withServer(
                directory,
                "root www; client_body_temp_path temp; location / { dav_methods PUT DELETE MKCOL COPY MOVE; " + lines
                        + " }");
    }

    private static String send(ProxyUnderTest proxy, String line, String fields, String body) throws IOException {
        return RawClient.exchange(
                proxy.port(),
                line + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + fields
                        + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n") + "\r\n" + body);
    }

    @Test
    void putFilesHaveTheirAccessAndDateAndNothingElseIsLeft() throws IOException {
        try (ProxyUnderTest proxy = proxy("dav_access group:rw all:r; create_full_put_path on;")) {
            String answer = send(proxy, "PUT /a/b.txt", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "content");
            assertTrue(answer.startsWith("HTTP/1.1 201 "), answer);
            Path file = directory.resolve("www/a/b.txt");
            assertEquals("content", Files.readString(file));
            assertEquals(784_111_777_000L, Files.getLastModifiedTime(file).toMillis());
            assertEquals("rw-rw-r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertEquals("rwxrwxr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
        }
        try (Stream<Path> left = Files.list(directory.resolve("temp"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void anUploadThatIsRefusedLeavesNothing() throws IOException {
        Files.createDirectories(directory.resolve("www/dir"));
        try (ProxyUnderTest proxy = proxy("")) {
            assertTrue(send(proxy, "PUT /dir", "", "content").startsWith("HTTP/1.1 409 "));
            assertTrue(send(proxy, "PUT /none/x", "", "content").startsWith("HTTP/1.1 500 "));
            proxy.errorLine("rename() \"");
        }
        try (Stream<Path> left = Files.list(directory.resolve("temp"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void directoriesAreCopiedAndDeletedWhole() throws IOException {
        Path from = Files.createDirectories(directory.resolve("www/from/inner"));
        Files.writeString(from.resolve("a"), "a");
        Files.writeString(from.resolveSibling("b"), "b");
        Files.createSymbolicLink(from.resolveSibling("link"), directory);
        try (ProxyUnderTest proxy = proxy("")) {
            assertTrue(send(proxy, "COPY /from/", "Destination: /to/\r\n", "").startsWith("HTTP/1.1 201 "));
            assertEquals("a", Files.readString(directory.resolve("www/to/inner/a")));
            assertEquals("b", Files.readString(directory.resolve("www/to/b")));
            assertTrue(send(proxy, "DELETE /from/", "", "").startsWith("HTTP/1.1 204 "));
            assertFalse(Files.exists(directory.resolve("www/from")));
            assertTrue(Files.exists(directory.resolve("nginx.conf")), "what a link leads to stays");
            assertTrue(send(proxy, "COPY /to/", "Destination: /to/in/\r\n", "").startsWith("HTTP/1.1 403 "));
            assertTrue(send(proxy, "COPY /to/b", "Destination: /to/b\r\n", "").startsWith("HTTP/1.1 403 "));
            assertEquals("b", Files.readString(directory.resolve("www/to/b")));
        }
    }

    @Test
    void nothingLeadsOutOfTheDirectory() throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("www")).resolve("a"), "a");
        try (ProxyUnderTest proxy = proxy("")) {
            for (String destination : List.of("/../out", "/%2e%2e/out", "/x/..%2f../out", "http://t/../out")) {
                String answer = send(proxy, "MOVE /a", "Destination: " + destination + "\r\n", "");
                assertTrue(answer.startsWith("HTTP/1.1 400 "), destination + ": " + answer);
            }
            assertTrue(send(proxy, "PUT /../out", "", "x").startsWith("HTTP/1.1 400 "));
            assertTrue(Files.exists(directory.resolve("www/a")));
            assertFalse(Files.exists(directory.resolve("out")));
        }
    }
}
