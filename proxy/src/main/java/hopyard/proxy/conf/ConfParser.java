package hopyard.proxy.conf;

import java.io.IOException;
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
    private final Surroundings surroundings;
    private final Bounds bounds;
    private final Map<String, String> sources = new LinkedHashMap<>();
    private long textBytes;
    private int words;
    private int files;
    private int depth;

    /**
     * @param directory the directory of the main configuration file, which relative includes start from
     * @param surroundings where files are read
     * @param bounds how much they may hold
     */
    public ConfParser(Path directory, Surroundings surroundings, Bounds bounds) {
        this.directory = directory;
        this.surroundings = surroundings;
        this.bounds = bounds;
    }

    /** Returns every file that was read, by its path, with its text: what {@code -T} prints. */
    public Map<String, String> sources() {
        return sources;
    }

    /**
     * Reads the main file. The returned block holds a mistake in its place, and so it does if the file cannot be read.
     */
    public Block parseFile(Path file) {
        try {
            return parseText(file, surroundings.read(file, bounds.textBytes()));
        } catch (IOException e) {
            return new Block(List.of(), ConfException.anywhere(SystemErrors.open(file.toString(), e)));
        }
    }

    /** Reads the main file from a text that stands for it, as {@link #parseFile} does. */
    public Block parseText(Path file, String text) {
        List<Directive> out = new ArrayList<>();
        sources.putIfAbsent(file.toString(), text);
        try {
            textBytes += text.length();
            if (textBytes > bounds.textBytes()) {
                throw ConfException.at(
                        "the text is too large, " + textBytes + " bytes where " + bounds.textBytes() + " are allowed",
                        file.toString(),
                        1);
            }
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

    /**
     * Fills {@code out} up to the end of the block or file. When this throws, {@code out} keeps what was read before.
     */
    private void parse(Lexer lexer, String file, List<Directive> out, boolean inBlock) throws ConfException {
        List<String> words = new ArrayList<>();
        while (true) {
            Lexer.End end = lexer.next(words);
            this.words += words.size();
            if (this.words > bounds.words()) {
                throw lexer.error("the configuration has more than " + bounds.words()
                        + " words, which is what the heap has room for: see -Xmx in HOPYARD_JAVA_OPTS");
            }
            switch (end) {
                case SEMICOLON -> {
                    Directive directive = directive(words, null, file, lexer.line(), lexer.start());
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
        int at = lexer.start();
        List<Directive> inner = new ArrayList<>();
        ConfException brokenOff = null;
        try {
            descend(file, line);
            parse(lexer, file, inner, true);
            depth--;
        } catch (ConfException e) {
            brokenOff = e;
        }
        out.add(directive(words, new Block(inner, brokenOff), file, line, at));
        if (brokenOff != null) {
            throw brokenOff;
        }
    }

    private static Directive directive(List<String> words, Block block, String file, int line, int at) {
        return new Directive(words.get(0), List.copyOf(words.subList(1, words.size())), block, file, line, at);
    }

    private void descend(String file, int line) throws ConfException {
        if (++depth > bounds.depth()) {
            throw ConfException.at(
                    "blocks and includes are nested deeper than " + bounds.depth() + " levels", file, line);
        }
    }

    private void include(Directive directive, List<Directive> out) throws ConfException {
        if (directive.args().size() != 1) {
            throw directive.error("invalid number of arguments in \"include\" directive");
        }
        Path pattern = Paths.under(directory, directive, 0);
        List<Path> found;
        try {
            found = Glob.isPattern(pattern.toString()) ? surroundings.expand(pattern) : List.of(pattern);
        } catch (IOException e) {
            throw directive.error("glob() \"" + pattern + "\" failed (" + SystemErrors.text(e) + ")");
        }
        descend(directive.file(), directive.line());
        for (Path file : found) {
            if (++files > bounds.files()) {
                throw directive.error("more than " + bounds.files() + " files are included");
            }
            String text;
            try {
                text = surroundings.read(file, bounds.textBytes() - textBytes);
            } catch (IOException e) {
                throw directive.error(SystemErrors.open(file.toString(), e));
            }
            textBytes += text.length();
            sources.putIfAbsent(file.toString(), text);
            parse(new Lexer(text, file.toString(), false), file.toString(), out, false);
        }
        depth--;
    }
}
