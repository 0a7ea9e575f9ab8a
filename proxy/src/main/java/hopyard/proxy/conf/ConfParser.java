package hopyard.proxy.conf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a configuration file, and the files that it includes, into a tree of directives.
 *
 * <p>{@code include} is resolved here, relative to the directory of the main file, and may stand anywhere.
 */
public final class ConfParser {

    private final Path directory;
    private final Map<String, String> sources = new LinkedHashMap<>();

    /**
     * @param directory the directory of the main configuration file, which relative includes start from
     */
    public ConfParser(Path directory) {
        this.directory = directory;
    }

    /** Every file that was read, by its path, with its text: what {@code -T} prints. */
    public Map<String, String> sources() {
        return sources;
    }

    /** Reads the main file. A mistake, an unreadable file included, is held by the block in its place. */
    public Block parseFile(Path file) {
        try {
            return parseText(file, Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return new Block(List.of(), ConfException.anywhere(SystemErrors.open(file.toString(), e)));
        }
    }

    /** Reads the main file from a text that stands for it, as {@link #parseFile} does. */
    public Block parseText(Path file, String text) {
        List<Directive> out = new ArrayList<>();
        sources.putIfAbsent(file.toString(), text);
        try {
            parse(new Lexer(text, file.toString(), false), file.toString(), out, false);
            return new Block(out, null);
        } catch (ConfException e) {
            return new Block(out, e);
        }
    }

    /** Reads the directives of a {@code -g} option. */
    public Block parseCommandLine(String directives) {
        List<Directive> out = new ArrayList<>();
        try {
            parse(new Lexer(directives, Directive.COMMAND_LINE, true), Directive.COMMAND_LINE, out, false);
            return new Block(out, null);
        } catch (ConfException e) {
            return new Block(out, e);
        }
    }

    private String read(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        sources.putIfAbsent(file.toString(), text);
        return text;
    }

    /** Fills {@code out} up to the end of the block or file; what was read stays in it when this throws. */
    private void parse(Lexer lexer, String file, List<Directive> out, boolean inBlock) throws ConfException {
        List<String> words = new ArrayList<>();
        while (true) {
            switch (lexer.next(words)) {
                case SEMICOLON -> {
                    Directive directive = directive(words, null, file, lexer.line());
                    if (directive.name().equals("include")) {
                        include(directive, out);
                    } else {
                        out.add(directive);
                    }
                }
                case BLOCK_OPENS -> {
                    if (lexer.line() == 0) {
                        throw lexer.error("block directives are not supported in -g option");
                    }
                    block(lexer, file, words, out);
                }
                case BLOCK_CLOSES -> {
                    if (!inBlock) {
                        throw lexer.error("unexpected \"}\"");
                    }
                    return;
                }
                case END_OF_FILE -> {
                    if (inBlock) {
                        throw lexer.error("unexpected end of file, expecting \"}\"");
                    }
                    return;
                }
            }
        }
    }

    private void block(Lexer lexer, String file, List<String> words, List<Directive> out) throws ConfException {
        int line = lexer.line();
        List<Directive> inner = new ArrayList<>();
        ConfException brokenOff = null;
        try {
            parse(lexer, file, inner, true);
        } catch (ConfException e) {
            brokenOff = e;
        }
        out.add(directive(words, new Block(inner, brokenOff), file, line));
        if (brokenOff != null) {
            throw brokenOff;
        }
    }

    private static Directive directive(List<String> words, Block block, String file, int line) {
        return new Directive(words.get(0), List.copyOf(words.subList(1, words.size())), block, file, line);
    }

    private void include(Directive directive, List<Directive> out) throws ConfException {
        if (directive.args().size() != 1) {
            throw directive.error("invalid number of arguments in \"include\" directive");
        }
        String pattern = directory.resolve(Paths.fromBytes(directive.arg(0))).toString();
        List<Path> files;
        try {
            files = Glob.isPattern(pattern) ? Glob.expand(pattern) : List.of(Path.of(pattern));
        } catch (IOException e) {
            throw directive.error("glob() \"" + pattern + "\" failed (" + SystemErrors.text(e) + ")");
        }
        for (Path file : files) {
            String text;
            try {
                text = read(file);
            } catch (IOException e) {
                throw directive.error(SystemErrors.open(file.toString(), e));
            }
            parse(new Lexer(text, file.toString(), false), file.toString(), out, false);
        }
    }
}
