package hopyard.proxy.scale;

import java.util.List;
import java.util.function.Supplier;

/** The tables of docs/scale.md, as bench/scale prints them. */
public final class Scale {

    private Scale() {}

    static List<Supplier<Table>> tables() {
        return List.of(
                Calculations::fronts,
                Calculations::limits,
                Calculations::caches,
                Evenness::byMethod,
                Evenness::afterAStart,
                Moves::whenOneLeavesOrComes,
                Moves::whetherProxiesAgree,
                Herds::newcomer,
                Herds::failsQuickly,
                Herds::dead,
                Connections::reuse,
                Connections::afterARestart,
                Connections::kept,
                Retries::amplifications,
                Retries::takenOut);
    }

    /** Returns a table as it stands in the document: with a line before it that names it. */
    static String text(Table table) {
        return "<!-- " + table.name() + " -->\n\n" + table.markdown() + "\n";
    }

    public static void main(String[] args) {
        tables().parallelStream().map(Supplier::get).map(Scale::text).forEachOrdered(System.out::println);
    }
}
