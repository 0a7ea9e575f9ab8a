package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfParserTest {

    @TempDir
    private Path directory;

    private Block parse(String text) throws IOException {
        return new ConfParser(directory, new Machine(), Bounds.ofHeap())
                .parseFile(Files.writeString(directory.resolve("nginx.conf"), text));
    }

    private Directive one(String text) throws IOException {
        Block block = parse(text);
        assertNull(block.brokenOff());
        return block.directives().get(0);
    }

    @Test
    void splitsWordsAtBlanksAndLines() throws IOException {
        Directive d = one("listen\t80\r\n  default_server ;");
        assertEquals("listen", d.name());
        assertEquals(List.of("80", "default_server"), d.args());
    }

    @Test
    void reportsTheLineOfTheTerminatorAsNginxDoes() throws IOException {
        assertEquals(3, one("a\nb\n;").line());
    }

    @Test
    void keepsBlanksAndTerminatorsInQuotes() throws IOException {
        assertEquals(List.of("a b;{}", "c'd"), one("x \"a b;{}\" \"c'd\";").args());
    }

    @Test
    void resolvesItsOwnEscapesAndLeavesOthers() throws IOException {
        assertEquals(
                List.of("a\"b\tc\\.d", "e\\;f"),
                one("x 'a\\\"b\\tc\\.d' e\\;f;").args());
    }

    @Test
    void takesABraceAfterADollarAsPartOfTheWord() throws IOException {
        assertEquals(List.of("/${name}/x"), one("root /${name}/x;").args());
    }

    @Test
    void startsACommentOnlyBetweenWords() throws IOException {
        assertEquals(List.of("a#b"), one("# a comment { \nx a#b; # another").args());
    }

    @Test
    void nestsBlocks() throws IOException {
        Directive http = one("http { server { listen 80; } }");
        Directive server = http.block().directives().get(0);
        assertEquals("80", server.block().directives().get(0).arg(0));
    }

    @Test
    void readsBytesThatAreNotAscii() throws IOException {
        assertEquals("\u00e9", Paths.fromBytes(one("x \u00e9;").arg(0)));
    }

    @Test
    void includesFilesInTheOrderOfTheirNames() throws IOException {
        Files.createDirectory(directory.resolve("conf.d"));
        Files.writeString(directory.resolve("conf.d/b.conf"), "b;");
        Files.writeString(directory.resolve("conf.d/a.conf"), "a;");
        Files.writeString(directory.resolve("conf.d/.hidden.conf"), "hidden;");
        Block block = parse("include conf.d/*.conf; c;");
        assertEquals(
                List.of("a", "b", "c"),
                block.directives().stream().map(Directive::name).toList());
    }

    @Test
    void includesNothingWhereAPatternMatchesNothing() throws IOException {
        assertEquals("a", one("include none/*.conf; a;").name());
    }

    @Test
    void namesTheFileThatAnIncludeCannotOpen() throws IOException {
        assertEquals(
                "open() \"" + directory + "/none.conf\" failed (2: No such file or directory) in " + directory
                        + "/nginx.conf:2",
                parse("\ninclude none.conf;").brokenOff().getMessage());
    }

    @Test
    void keepsWhatCameBeforeASyntaxError() throws IOException {
        Block block = parse("a; b { c; ; }");
        assertEquals(2, block.directives().size());
        assertEquals(
                "unexpected \";\" in " + directory + "/nginx.conf:1",
                block.brokenOff().getMessage());
        assertEquals(1, block.directives().get(1).block().directives().size());
    }

    @Test
    void refusesABlockOnTheCommandLine() {
        assertEquals(
                "block directives are not supported in -g option in command line",
                new ConfParser(directory, new Machine(), Bounds.ofHeap())
                        .parseCommandLine("http {}")
                        .brokenOff()
                        .getMessage());
    }
}
