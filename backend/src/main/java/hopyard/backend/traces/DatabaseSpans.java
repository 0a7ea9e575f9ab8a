package hopyard.backend.traces;

import hopyard.backend.database.DatabaseUrl;
import hopyard.backend.database.Statement;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is said of a statement in a trace.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/db/postgresql/">OpenTelemetry: semantic conventions for
 *     PostgreSQL</a>
 */
final class DatabaseSpans {

    private static final Pattern TABLE = Pattern.compile(
            "\\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\\s+(?!SET\\b|\\()([a-z_][a-z0-9_.]*)", Pattern.CASE_INSENSITIVE);

    private DatabaseSpans() {}

    /** Returns what a statement does to what: its first word, and the tables that it names. */
    static String summary(String sql) {
        StringBuilder out = new StringBuilder(operation(sql));
        Matcher table = TABLE.matcher(sql);
        while (table.find()) {
            out.append(' ').append(table.group(1));
        }
        return out.toString();
    }

    private static String operation(String sql) {
        return sql.strip().split("[\\s(;]", 2)[0].toUpperCase(Locale.ROOT);
    }

    /** Returns the attributes of a statement's span. */
    static Map<String, Object> attributes(Statement statement, DatabaseUrl url) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("db.system.name", "postgresql");
        out.put("db.namespace", url.name());
        out.put("db.operation.name", operation(statement.sql()));
        out.put("db.query.summary", summary(statement.sql()));
        out.put("db.query.text", statement.sql());
        out.put("server.address", url.host());
        out.put("server.port", (long) url.port());
        int colon = statement.at().lastIndexOf(':');
        out.put("network.peer.address", statement.at().substring(0, colon).replaceAll("[\\[\\]]", ""));
        out.put("network.peer.port", Long.valueOf(statement.at().substring(colon + 1)));
        out.put(
                "network.local.port",
                Long.valueOf(statement.from().substring(statement.from().lastIndexOf(':') + 1)));
        if (statement.failure() == null) {
            out.put("db.response.returned_rows", (long) statement.rows());
        } else {
            if (statement.sqlState() != null) {
                out.put("db.response.status_code", statement.sqlState());
            }
            out.put("error.type", statement.failure().code().token());
        }
        return out;
    }
}
