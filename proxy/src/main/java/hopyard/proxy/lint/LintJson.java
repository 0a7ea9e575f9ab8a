package hopyard.proxy.lint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Statement;

/** Findings as JSON; docs/console.md says what the fields mean. */
public final class LintJson {

    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private LintJson() {}

    /** Returns all findings. */
    public static ObjectNode of(Lint lint) {
        ObjectNode out = MAKE.objectNode();
        out.put("errors", lint.count(Severity.ERROR))
                .put("warnings", lint.count(Severity.WARNING))
                .put("hints", lint.count(Severity.HINT))
                .put("more", lint.more());
        ArrayNode findings = out.putArray("findings");
        lint.findings().forEach(each -> findings.add(finding(lint.texts(), each)));
        return out;
    }

    private static ObjectNode finding(Texts texts, Finding each) {
        ObjectNode out = MAKE.objectNode()
                .put("id", each.rule().id())
                .put("severity", each.rule().severity().toString());
        Directive at = each.at();
        if (texts.has(at)) {
            Statement statement = texts.statement(at);
            place(out, texts, at.file(), at.at(), statement.end());
            out.put("endLine", texts.line(at.file(), statement.end()))
                    .put("endColumn", texts.column(at.file(), statement.end()));
        } else {
            out.put("file", at.file()).put("line", 0);
        }
        out.put("message", Paths.fromBytes(each.message()))
                .put("why", each.rule().why())
                .put("url", each.rule().url());
        out.set("fix", each.fix() == null ? MAKE.nullNode() : fix(texts, each.fix()));
        out.set("proof", each.proof() == null ? MAKE.nullNode() : proof(each.proof()));
        return out;
    }

    private static void place(ObjectNode out, Texts texts, String file, int from, int to) {
        out.put("file", Paths.fromBytes(file))
                .put("line", texts.line(file, from))
                .put("column", texts.column(file, from))
                .put("from", texts.characters(file, from))
                .put("to", texts.characters(file, to));
    }

    private static ObjectNode fix(Texts texts, Fix fix) {
        ObjectNode out = MAKE.objectNode().put("title", fix.title());
        ArrayNode edits = out.putArray("edits");
        for (Edit edit : fix.edits()) {
            ObjectNode change = edits.addObject();
            place(change, texts, edit.file(), edit.from(), edit.to());
            change.put("insert", Paths.fromBytes(edit.insert()));
        }
        return out;
    }

    private static ObjectNode proof(Proof proof) {
        ObjectNode out = MAKE.objectNode()
                .put("method", proof.method())
                .put("port", proof.port())
                .put("target", proof.target());
        ArrayNode headers = out.putArray("headers");
        proof.headers().forEach(each -> headers.addArray().add(each.name()).add(Paths.fromBytes(each.value())));
        out.putObject("seen")
                .put("in", proof.seen().where().toString())
                .put("name", proof.seen().name())
                .put("matches", proof.seen().matches())
                .put("says", Paths.fromBytes(proof.seen().says()));
        return out.put("curl", Paths.fromBytes(proof.curl()));
    }
}
