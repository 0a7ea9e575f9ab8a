package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.modules.ssi.SsiCommand.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds commands in a content, byte by byte, with nginx's rules and messages.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssi_module.html#commands">SSI Commands</a>
 */
final class SsiParser {

    /** What a byte has brought. */
    enum Event {
        /** Nothing yet: it belongs to a command, or to what may be the beginning of one. */
        NONE,
        /**
         * What looked like a beginning is text: {@link #text} bytes of {@link #BEGINNING}, and the byte comes again.
         */
        TEXT,
        /** The end of a {@link #command}. */
        COMMAND,
        /** The end of a malformed command. */
        ERROR
    }

    static final String BEGINNING = "<!--#";

    private static final int MAX_NAME = 32;

    private enum State {
        TEXT,
        BEFORE_NAME,
        NAME,
        BEFORE_PARAMETER,
        PARAMETER,
        BEFORE_EQUALS,
        BEFORE_VALUE,
        VALUE,
        ESCAPED,
        AFTER_VALUE,
        END_1,
        END_2,
        ERROR,
        ERROR_END_1,
        ERROR_END_2
    }

    private final Exchange exchange;
    private final long maxValue;

    private State state = State.TEXT;
    /** How much of {@link #BEGINNING} has come. */
    private int begun;

    private int text;
    private final StringBuilder name = new StringBuilder();
    private final StringBuilder parameter = new StringBuilder();
    private final StringBuilder value = new StringBuilder();
    private char quote;
    private List<Parameter> parameters = new ArrayList<>();

    /** @param maxValue the longest value of a parameter, in bytes */
    SsiParser(Exchange exchange, long maxValue) {
        this.exchange = exchange;
        this.maxValue = maxValue;
    }

    /** Whether the next byte is text, unless it is {@code <}. */
    boolean isInText() {
        return state == State.TEXT && begun == 0;
    }

    /** Returns how much of {@link #BEGINNING} was text. */
    int text() {
        return text;
    }

    /** Returns the command that has ended. */
    SsiCommand command() {
        return new SsiCommand(name.toString(), parameters);
    }

    /** Reads a byte. */
    Event next(char c) {
        if (state == State.TEXT) {
            return beginning(c);
        }
        boolean isBlank = c == ' ' || c == '\r' || c == '\n' || c == '\t';
        switch (state) {
            case BEFORE_NAME -> {
                if (!isBlank) {
                    name.setLength(0);
                    name.append(c);
                    parameters = new ArrayList<>();
                    state = State.NAME;
                }
            }
            case NAME -> name(c, isBlank);
            case BEFORE_PARAMETER -> {
                if (c == '-') {
                    state = State.END_1;
                } else if (!isBlank) {
                    parameter.setLength(0);
                    parameter.append(c);
                    value.setLength(0);
                    state = State.PARAMETER;
                }
            }
            case PARAMETER -> parameter(c, isBlank);
            case BEFORE_EQUALS -> {
                if (c == '=') {
                    state = State.BEFORE_VALUE;
                } else if (!isBlank) {
                    unexpected(c, "after \"" + parameter + "\" parameter");
                }
            }
            case BEFORE_VALUE -> {
                if (c == '"' || c == '\'') {
                    quote = c;
                    state = State.VALUE;
                } else if (!isBlank) {
                    unexpected(c, "before value of \"" + parameter + "\" parameter");
                }
            }
            case VALUE -> {
                if (c == quote) {
                    parameters.add(new Parameter(parameter.toString(), value.toString()));
                    state = State.AFTER_VALUE;
                } else {
                    state = c == '\\' ? State.ESCAPED : State.VALUE;
                    value(c);
                }
            }
            case ESCAPED -> {
                state = State.VALUE;
                value(c);
            }
            case AFTER_VALUE -> {
                if (isBlank) {
                    state = State.BEFORE_PARAMETER;
                } else if (c == '-') {
                    state = State.END_1;
                } else {
                    error("unexpected \"" + c + "\" symbol after \"" + value + "\" value of \"" + parameter
                            + "\" parameter in \"" + name + "\" SSI command");
                }
            }
            case END_1, END_2 -> {
                if (c == (state == State.END_1 ? '-' : '>')) {
                    return endOf(State.END_1, Event.COMMAND);
                }
                error("unexpected \"" + c + "\" symbol in \"" + name + "\" SSI command");
            }
            case ERROR -> state = c == '-' ? State.ERROR_END_1 : State.ERROR;
            default -> {
                if (c == (state == State.ERROR_END_1 ? '-' : '>')) {
                    return endOf(State.ERROR_END_1, Event.ERROR);
                }
                state = State.ERROR;
            }
        }
        return Event.NONE;
    }

    private Event beginning(char c) {
        if (c == BEGINNING.charAt(begun)) {
            if (++begun == BEGINNING.length()) {
                begun = 0;
                state = State.BEFORE_NAME;
            }
            return Event.NONE;
        }
        text = begun;
        begun = 0;
        return Event.TEXT;
    }

    private Event endOf(State first, Event event) {
        if (state == first) {
            state = first == State.END_1 ? State.END_2 : State.ERROR_END_2;
            return Event.NONE;
        }
        state = State.TEXT;
        return event;
    }

    private void name(char c, boolean isBlank) {
        if (isBlank) {
            state = State.BEFORE_PARAMETER;
        } else if (c == '-') {
            state = State.END_1;
        } else if (name.length() == MAX_NAME) {
            error("the \"" + name + c + "...\" SSI command is too long");
        } else {
            name.append(c);
        }
    }

    private void parameter(char c, boolean isBlank) {
        if (isBlank) {
            state = State.BEFORE_EQUALS;
        } else if (c == '=') {
            state = State.BEFORE_VALUE;
        } else if (c == '-') {
            unexpected(c, "after \"" + parameter + "\" parameter");
        } else if (parameter.length() == MAX_NAME) {
            error("too long \"" + parameter + c + "...\" parameter in \"" + name + "\" SSI command");
        } else {
            parameter.append(c);
        }
    }

    private void value(char c) {
        if (value.length() == maxValue) {
            error("too long \"" + value + c + "...\" value of \"" + parameter + "\" parameter in \"" + name
                    + "\" SSI command");
        } else {
            value.append(c);
        }
    }

    private void unexpected(char c, String where) {
        error("unexpected \"" + c + "\" symbol " + where + " in \"" + name + "\" SSI command");
        if (c == '-') {
            state = State.ERROR_END_1;
        }
    }

    private void error(String message) {
        exchange.log(ErrorLog.Level.ERROR, message);
        state = State.ERROR;
    }
}
