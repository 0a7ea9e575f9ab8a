package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The shell scripts, as texts. {@link OtherSystemsIT} runs those that everybody runs. */
class ScriptsTest {

    private static final Path SHELLCHECK = Path.of("/usr/bin/shellcheck");

    /** What is needed to try Hopyard, also on macOS, whose bash is 3.2 and whose tools are BSD's. */
    private static final List<String> FOR_EVERYBODY = List.of("playground", "proxy/bin/hopyard");

    /** What bash 3.2 or BSD's tools do not know, and what it is. */
    private static final Map<String, String> NOT_EVERYWHERE = Map.ofEntries(
            Map.entry("\\bwait +-[nfp]", "wait -n (bash 4.3)"),
            Map.entry("\\{[a-z_]+\\}[<>]", "{name}<file (bash 4.1)"),
            Map.entry("\\b(mapfile|readarray|coproc)\\b", "mapfile, coproc (bash 4)"),
            Map.entry("\\b(declare|local|typeset) +-[a-zA-Z]*[Anlug]", "declare -A, -n, -l, -u, -g (bash 4)"),
            Map.entry("\\$\\{[a-zA-Z_0-9@*]+(\\[[^]]*\\])?[\\^,@]", "${name^^}, ${name,,}, ${name@Q} (bash 4)"),
            Map.entry("\\$\\{[a-zA-Z_]+\\[ *-", "${name[-1]} (bash 4.3)"),
            Map.entry("\\$\\{[a-zA-Z_]+: *-?[0-9]+: *-", "${name:0:-1} (bash 4.2)"),
            Map.entry("&>>|\\|&", "&>> and |& (bash 4)"),
            Map.entry(";;?&", ";& and ;;& (bash 4)"),
            Map.entry("\\$\\{?(BASHPID|EPOCH[A-Z]+|SRANDOM|BASH_ARGV0)", "$BASHPID and later variables"),
            Map.entry("\\[\\[? +-[vR] ", "[ -v name ] (bash 4.2)"),
            Map.entry("\\bread\\b[^|;]* -(N|[a-zA-Z]*t *0?\\.[0-9])", "read -N, read -t 0.1 (bash 4)"),
            Map.entry("printf +['\"]?%\\(", "printf %(…)T (bash 4.2)"),
            Map.entry("\\{[0-9]+\\.\\.[0-9]+\\.\\.", "{1..9..2} (bash 4)"),
            Map.entry("\\\\u[0-9a-fA-F]{4}", "\\u00e9 (bash 4.2)"),
            Map.entry("shopt +-[su] +(globstar|lastpipe|inherit_errexit)", "options of bash 4"),
            Map.entry("\\breadlink +-", "readlink -f (GNU)"),
            Map.entry("\\b(realpath|timeout|nproc|tac|shuf|stdbuf|numfmt|seq|ss)\\b +-?[\"$0-9a-z/]", "GNU's tools"),
            Map.entry("\\bsed +(-[a-zA-Z]*[urz]|-i\\b)", "sed -u, -r, -z, -i (GNU)"),
            Map.entry("\\bsed\\b[^|]*[/$0-9]Q", "sed Q (GNU)"),
            Map.entry("\\bfind\\b.* -(quit|printf|regextype)", "find -quit (GNU)"),
            Map.entry("\\bgrep +-[a-zA-Z]*P", "grep -P (GNU)"),
            Map.entry("\\b(stat +-[cf]|date +-[dI]|cp +--|mktemp +--|head +-n *-|tail +--)", "GNU's options"));

    private static List<Path> scripts() throws IOException {
        List<Path> scripts = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Program.ROOT)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Path path = Program.ROOT.relativize(file);
                boolean isBuilt = path.toString().matches("(.*/)?(target|\\.git|logs)/.*");
                if (!isBuilt && Files.isExecutable(file) && firstLine(file).matches("#!.*\\b(ba)?sh")) {
                    scripts.add(path);
                }
            }
        }
        assertTrue(scripts.size() >= 6, () -> "found " + scripts);
        return scripts;
    }

    private static String firstLine(Path file) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line = reader.readLine();
            return line == null ? "" : line;
        } catch (MalformedInputException e) {
            // no text
            return "";
        }
    }

    @Test
    void shellcheckHasNothingToSay() throws Exception {
        boolean present = Files.isExecutable(SHELLCHECK);
        if (!present && "true".equals(System.getenv("CI"))) {
            Assertions.fail("shellcheck is not installed, and under CI nothing is skipped: apt-get install shellcheck");
        }
        Assumptions.assumeTrue(present, "skipped: shellcheck is not installed (apt-get install shellcheck)");
        List<String> command = new ArrayList<>(List.of(SHELLCHECK.toString(), "--format=gcc"));
        scripts().forEach(script -> command.add(script.toString()));
        try (Program shellcheck = Program.start(Map.of(), command.toArray(String[]::new))) {
            assertEquals("0 ", shellcheck.await() + " " + shellcheck.output());
        }
    }

    @Test
    void whatEverybodyRunsNeedsNoMoreThanBash32AndBsdsTools() throws IOException {
        List<String> found = new ArrayList<>();
        for (String script : FOR_EVERYBODY) {
            List<String> lines = Files.readAllLines(Program.ROOT.resolve(script));
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).replaceFirst("^\\s*#.*", "");
                String place = script + ":" + (i + 1) + ": ";
                NOT_EVERYWHERE.forEach((pattern, what) -> {
                    if (Pattern.compile(pattern).matcher(line).find()) {
                        found.add(place + what + " in: " + line.strip());
                    }
                });
            }
        }
        assertEquals(List.of(), found);
    }

    /** What is looked for is found where it stands: a pattern that matches nothing would hold everything for good. */
    @Test
    void eachThingThatIsNotEverywhereIsFoundInAnExampleOfIt() {
        List<String> examples = List.of(
                "wait -n $app $proxy",
                "exec {life}<file",
                "mapfile -t lines <file",
                "declare -A table",
                "echo ${name^^}",
                "echo ${list[-1]}",
                "echo ${name:0:-1}",
                "command |& cat",
                "a) echo ;;&",
                "echo $BASHPID",
                "[[ -v name ]]",
                "read -r -t 0.1 line",
                "printf '%(%s)T'",
                "echo {1..9..2}",
                "echo $'\\u00e9'",
                "shopt -s lastpipe",
                "readlink -f file",
                "timeout 5 command",
                "sed -u p",
                "sed '/end/Q'",
                "find . -print -quit",
                "grep -oP x",
                "stat -c %s file");
        assertEquals(NOT_EVERYWHERE.size(), examples.size());
        for (String pattern : NOT_EVERYWHERE.keySet()) {
            assertTrue(examples.stream().anyMatch(Pattern.compile(pattern).asPredicate()), pattern);
        }
        for (String example : examples) {
            assertTrue(
                    NOT_EVERYWHERE.keySet().stream()
                            .anyMatch(pattern ->
                                    Pattern.compile(pattern).matcher(example).find()),
                    example);
        }
    }
}
