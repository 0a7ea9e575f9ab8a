package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.ContentFilter;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.Inclusions;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.ssi.SsiCommand.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;

/** Obeys the commands in a content, and puts what they bring in their place. */
public final class SsiFilter implements ContentFilter {

    private static final ExchangeKey<SsiFilter> KEY = new ExchangeKey<>();

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Exchange exchange;
    private final boolean silentErrors;
    private final SsiParser parser;
    private final SsiCommands commands;
    private Runnable goOn;
    /** What is put out next. */
    private ByteBuffer ready = NOTHING;
    /** The command that is obeyed next; {@code null} for none. */
    private SsiCommand command;

    private SsiFilter(Exchange exchange, Variables variables, boolean silentErrors, long valueLength) {
        this.exchange = exchange;
        this.silentErrors = silentErrors;
        parser = new SsiParser(exchange, valueLength);
        commands = new SsiCommands(exchange, variables);
    }

    /**
     * Returns the filter for the content of an exchange.
     *
     * @param variables those of the configuration
     * @param silentErrors whether nothing is put in the place of a command that fails
     * @param valueLength the longest value of a parameter, in bytes
     */
    public static SsiFilter make(Exchange exchange, Variables variables, boolean silentErrors, long valueLength) {
        // it has to stand in the way of the content before commands can ask for it
        Inclusions.of(exchange);
        SsiFilter its = new SsiFilter(exchange, variables, silentErrors, valueLength);
        exchange.put(KEY, its);
        return its;
    }

    /** Returns the present time in the format that a command has set for the response. */
    public static String time(Exchange exchange, ZoneId zone) {
        SsiFilter its = exchange.get(KEY);
        return SsiTime.format(
                its == null ? SsiTime.FORMAT : its.commands.timeFormat(),
                Instant.now().atZone(zone));
    }

    @Override
    public void whenReady(Runnable goingOn) {
        goOn = goingOn;
        commands.whenReady(goingOn);
    }

    @Override
    public void filter(ByteBuffer in, ByteBuffer out) {
        while (act(out) && in.hasRemaining()) {
            if (parser.isInText()) {
                text(in, out);
                if (!out.hasRemaining()) {
                    return;
                }
            } else {
                read(in);
            }
        }
    }

    @Override
    public boolean flush(ByteBuffer out) {
        return act(out);
    }

    @Override
    public boolean finish(ByteBuffer out) {
        return act(out);
    }

    /** Puts out and obeys what there is. Returns whether that is all done. */
    private boolean act(ByteBuffer out) {
        while (true) {
            int n = Math.min(ready.remaining(), out.remaining());
            out.put(out.position(), ready, ready.position(), n).position(out.position() + n);
            ready.position(ready.position() + n);
            if (ready.hasRemaining() || commands.isWaiting()) {
                return false;
            }
            if (command == null) {
                return true;
            }
            // what stands before an included content must be passed on before it begins
            if (command.kind() == Kind.INCLUDE
                    && commands.isOutput()
                    && (out.position() > 0 || !Inclusions.of(exchange).hasRoom(goOn))) {
                return false;
            }
            obey();
        }
    }

    private void obey() {
        SsiCommand its = command;
        command = null;
        try {
            ready = bytes(commands.obey(its));
        } catch (SsiException e) {
            error();
        }
    }

    private void error() {
        if (!silentErrors) {
            ready = bytes(commands.errorMessage());
        }
    }

    /** Passes text on up to what may be the beginning of a command. */
    private void text(ByteBuffer in, ByteBuffer out) {
        int start = in.position();
        int most = commands.isOutput() ? Math.min(in.remaining(), out.remaining()) : in.remaining();
        int n = 0;
        while (n < most && in.get(start + n) != '<') {
            n++;
        }
        if (commands.isOutput()) {
            out.put(out.position(), in, start, n).position(out.position() + n);
        } else {
            commands.hide(in.slice(start, n));
        }
        in.position(start + n);
        if (n < most) {
            parser.next('<');
            in.get();
        }
    }

    private void read(ByteBuffer in) {
        switch (parser.next((char) (in.get(in.position()) & 0xff))) {
            case TEXT -> {
                String text = SsiParser.BEGINNING.substring(0, parser.text());
                if (commands.isOutput()) {
                    ready = bytes(text);
                } else {
                    commands.hide(bytes(text));
                }
            }
            case COMMAND -> {
                in.get();
                command = parser.command();
            }
            case ERROR -> {
                in.get();
                error();
            }
            default -> in.get();
        }
    }

    private static ByteBuffer bytes(String text) {
        return text.isEmpty() ? NOTHING : ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
