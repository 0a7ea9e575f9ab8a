package hopyard.proxy.lint;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;

/** Findings for a terminal, each with {@code file:line:column} first, as compilers write it. */
public final class LintText {

    private LintText() {}

    /** Returns all findings, and how many there are. */
    public static String of(Lint lint) {
        StringBuilder out = new StringBuilder();
        lint.findings().forEach(each -> add(out, lint.texts(), each));
        if (lint.findings().isEmpty()) {
            return "nothing found\n";
        }
        if (lint.more() > 0) {
            out.append("and " + lint.more() + " more of the same\n\n");
        }
        return out.append(count(lint, Severity.ERROR))
                .append(", ")
                .append(count(lint, Severity.WARNING))
                .append(", ")
                .append(count(lint, Severity.HINT))
                .append('\n')
                .toString();
    }

    private static String count(Lint lint, Severity severity) {
        long n = lint.count(severity);
        return n + " " + severity + (n == 1 ? "" : "s");
    }

    private static void add(StringBuilder out, Texts texts, Finding each) {
        Directive at = each.at();
        String place = texts.has(at)
                ? at.file() + ":" + texts.line(at.file(), at.at()) + ":" + texts.column(at.file(), at.at())
                : at.place();
        out.append(Paths.fromBytes(place + ": " + each.rule().severity() + ": " + each.message()))
                .append(" [" + each.rule().id() + "]\n");
        out.append("    why:   " + each.rule().why() + "\n");
        out.append("    see:   " + each.rule().url() + "\n");
        if (each.fix() != null) {
            out.append("    fix:   " + each.fix().title() + "\n");
            each.fix().edits().forEach(edit -> edit(out, texts, edit));
        }
        if (each.proof() != null) {
            out.append(Paths.fromBytes("    proof: " + each.proof().curl() + "\n           "
                    + each.proof().seen().says() + "\n"));
        }
        out.append('\n');
    }

    private static void edit(StringBuilder out, Texts texts, Edit edit) {
        String gone = texts.between(edit.file(), edit.from(), edit.to()).strip();
        String comes = edit.insert().strip();
        String what = comes.isEmpty() ? "- " + gone : gone.isEmpty() ? "+ " + comes : gone + "  ->  " + comes;
        out.append("           ")
                .append(texts.line(edit.file(), edit.from()))
                .append(": ")
                .append(Paths.fromBytes(what.replaceAll("\\s*\n\\s*", " ")))
                .append('\n');
    }
}
