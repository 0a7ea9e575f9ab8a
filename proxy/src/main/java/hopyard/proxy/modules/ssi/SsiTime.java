package hopyard.proxy.modules.ssi;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Writes a time as C's {@code strftime} does in the C locale. */
final class SsiTime {

    /** nginx's format where none is configured. */
    static final String FORMAT = "%A, %d-%b-%Y %H:%M:%S %Z";

    private final ZonedDateTime time;
    private final StringBuilder out = new StringBuilder();

    private SsiTime(ZonedDateTime time) {
        this.time = time;
    }

    /** Returns the text for a time. */
    static String format(String format, ZonedDateTime time) {
        return new SsiTime(time).append(format).out.toString();
    }

    private SsiTime append(String format) {
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length()) {
                append(format.charAt(++i));
            } else {
                out.append(c);
            }
        }
        return this;
    }

    private void append(char conversion) {
        switch (conversion) {
            case 'a' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
            case 'A' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case 'b', 'h' -> out.append(time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
            case 'B' -> out.append(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case 'c' -> append("%a %b %e %H:%M:%S %Y");
            case 'C' -> number("%02d", time.getYear() / 100);
            case 'd' -> number("%02d", time.getDayOfMonth());
            case 'D', 'x' -> append("%m/%d/%y");
            case 'e' -> number("%2d", time.getDayOfMonth());
            case 'F' -> append("%Y-%m-%d");
            case 'g' -> number("%02d", time.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'G' -> number("%d", time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> number("%02d", time.getHour());
            case 'I' -> number("%02d", time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'j' -> number("%03d", time.getDayOfYear());
            case 'k' -> number("%2d", time.getHour());
            case 'l' -> number("%2d", time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'm' -> number("%02d", time.getMonthValue());
            case 'M' -> number("%02d", time.getMinute());
            case 'n' -> out.append('\n');
            case 'p' -> out.append(time.getHour() < 12 ? "AM" : "PM");
            case 'P' -> out.append(time.getHour() < 12 ? "am" : "pm");
            case 'r' -> append("%I:%M:%S %p");
            case 'R' -> append("%H:%M");
            case 's' -> out.append(time.toEpochSecond());
            case 'S' -> number("%02d", time.getSecond());
            case 't' -> out.append('\t');
            case 'T', 'X' -> append("%H:%M:%S");
            case 'u' -> number("%d", time.getDayOfWeek().getValue());
            case 'U' ->
                number("%02d", (time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> number("%02d", time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> number("%d", time.getDayOfWeek().getValue() % 7);
            case 'W' ->
                number("%02d", (time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
            case 'y' -> number("%02d", time.getYear() % 100);
            case 'Y' -> number("%d", time.getYear());
            case 'z' -> out.append(DateTimeFormatter.ofPattern("xx").format(time));
            case 'Z' ->
                out.append(DateTimeFormatter.ofPattern("zzz", Locale.ENGLISH).format(time));
            case '%' -> out.append('%');
            default -> out.append('%').append(conversion);
        }
    }

    private void number(String format, int n) {
        out.append(String.format(Locale.ROOT, format, n));
    }
}
