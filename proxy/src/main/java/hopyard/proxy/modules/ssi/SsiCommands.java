package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Inclusions;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.SpecialResponse;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.forward.SharedBody;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Escape;
import hopyard.proxy.modules.ssi.SsiCommand.Kind;
import hopyard.proxy.modules.ssi.SsiCommand.Within;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Does what the commands in one content say, with nginx's rules and messages.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssi_module.html#commands">SSI Commands</a>
 */
final class SsiCommands {

    private enum Encoding {
        NONE,
        URL,
        ENTITY
    }

    /** Between which commands the text stands. */
    private enum Conditional {
        NOTHING,
        IF,
        ELSE
    }

    private final Exchange exchange;
    private final Variables variables;
    private final SsiValues values;
    private Runnable goOn;

    private Encoding encoding = Encoding.ENTITY;
    private String timeFormat = SsiTime.FORMAT;
    private String errorMessage = "[an error occurred while processing the directive]";
    private Conditional conditional = Conditional.NOTHING;
    /** Whether a branch of the condition has been chosen. */
    private boolean isChosen;

    private boolean isOutput = true;
    /** The block that the text goes into; {@code null} for none. */
    private ByteArrayOutputStream block;

    private boolean isWaiting;

    SsiCommands(Exchange exchange, Variables variables) {
        this.exchange = exchange;
        this.variables = variables;
        values = SsiValues.of(exchange);
    }

    /** Sets what runs when a subrequest that is waited for is over. */
    void whenReady(Runnable goingOn) {
        goOn = goingOn;
    }

    /** Whether a subrequest is waited for. */
    boolean isWaiting() {
        return isWaiting;
    }

    /** Whether text is put out. */
    boolean isOutput() {
        return isOutput;
    }

    String timeFormat() {
        return timeFormat;
    }

    String errorMessage() {
        return errorMessage;
    }

    /** Gets text that is not put out. */
    void hide(ByteBuffer text) {
        if (block != null) {
            byte[] bytes = new byte[text.remaining()];
            text.get(bytes);
            block.writeBytes(bytes);
        }
    }

    /**
     * Obeys a command.
     *
     * @return what is put out in its place
     * @throws SsiException if it fails
     */
    String obey(SsiCommand command) throws SsiException {
        Kind kind = command.kind();
        if (kind == null) {
            if (isOutput) {
                throw SsiException.logged(exchange, "invalid SSI command: \"" + command.name() + "\"");
            }
            return "";
        }
        if (!isOutput && kind != Kind.ENDBLOCK) {
            if (block != null) {
                block.writeBytes(command.toString().getBytes(StandardCharsets.ISO_8859_1));
                return "";
            }
            if (kind.within == Within.ANYTHING) {
                return "";
            }
        }
        boolean isMisplaced = conditional == Conditional.NOTHING
                ? kind.within != Within.ANYTHING
                : conditional == Conditional.ELSE && kind.within == Within.IF;
        if (isMisplaced) {
            throw SsiException.logged(exchange, "invalid context of SSI command: \"" + command.name() + "\"");
        }
        Map<String, String> parameters = command.checked(exchange);
        switch (kind) {
            case INCLUDE -> include(parameters);
            case ECHO -> {
                return echo(parameters);
            }
            case CONFIG -> {
                timeFormat = parameters.getOrDefault("timefmt", timeFormat);
                errorMessage = parameters.getOrDefault("errmsg", errorMessage);
            }
            case SET -> values.set(parameters.get("var"), value(parameters.get("value")));
            case IF, ELIF -> condition(kind, parameters.get("expr"));
            case ELSE -> {
                isOutput = !isChosen;
                conditional = Conditional.ELSE;
            }
            case ENDIF -> {
                isOutput = true;
                isChosen = false;
                conditional = Conditional.NOTHING;
            }
            case BLOCK -> {
                block = values.beginBlock(parameters.get("name"));
                isOutput = false;
            }
            default -> {
                block = null;
                isOutput = true;
            }
        }
        return "";
    }

    private String value(String text) throws SsiException {
        return SsiText.value(exchange, variables, text);
    }

    private void condition(Kind kind, String expression) throws SsiException {
        if (kind == Kind.IF && conditional != Conditional.NOTHING) {
            throw SsiException.logged(exchange, "the \"if\" command inside the \"if\" command");
        }
        isOutput = !isChosen && SsiCondition.holds(exchange, variables, expression);
        isChosen |= isOutput;
        conditional = Conditional.IF;
    }

    private String echo(Map<String, String> parameters) {
        String value = SsiText.variable(exchange, variables, parameters.get("var"));
        if (value == null) {
            value = parameters.getOrDefault("default", "(none)");
        }
        if (value.isEmpty()) {
            return "";
        }
        String asked = parameters.get("encoding");
        if (asked != null) {
            switch (asked) {
                case "none" -> encoding = Encoding.NONE;
                case "url" -> encoding = Encoding.URL;
                case "entity" -> encoding = Encoding.ENTITY;
                default ->
                    exchange.log(ErrorLog.Level.ERROR, "unknown encoding \"" + asked + "\" in the \"echo\" command");
            }
        }
        return switch (encoding) {
            case URL -> Escape.HTML.apply(value);
            case ENTITY ->
                value.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;");
            default -> value;
        };
    }

    // ---- include

    private void include(Map<String, String> parameters) throws SsiException {
        String virtual = parameters.get("virtual");
        String file = parameters.get("file");
        String set = parameters.get("set");
        String stub = parameters.get("stub");
        if (virtual != null && file != null) {
            throw SsiException.logged(
                    exchange, "inclusion may be either virtual=\"" + virtual + "\" or file=\"" + file + "\"");
        }
        if (virtual == null && file == null) {
            throw SsiException.logged(exchange, "no parameter in \"include\" SSI command");
        }
        if (set != null && stub != null) {
            throw SsiException.logged(
                    exchange, "\"set\" and \"stub\" cannot be used together in \"include\" SSI command");
        }
        boolean waits = file != null;
        String wait = parameters.get("wait");
        if (wait != null && waits) {
            throw SsiException.logged(exchange, "\"wait\" cannot be used with file=\"" + file + "\"");
        }
        if (wait != null && !wait.equalsIgnoreCase("no") && !wait.equalsIgnoreCase("yes")) {
            throw SsiException.logged(exchange, "invalid value \"" + wait + "\" in the \"wait\" parameter");
        }
        waits |= "yes".equalsIgnoreCase(wait);
        String target = target(virtual == null ? file : virtual);
        int query = target.indexOf('?');
        String uri = RequestTarget.decodeInternal(query < 0 ? target : target.substring(0, query));
        if (uri == null) {
            throw SsiException.logged(exchange, "unsafe URI \"" + target + "\" was detected");
        }
        String args = query < 0 ? "" : target.substring(query + 1);
        byte[] standIn = stub == null ? null : values.block(stub);
        if (stub != null && standIn == null) {
            throw SsiException.logged(exchange, "\"stub\"=\"" + stub + "\" for \"include\" not found");
        }
        try {
            if (set != null) {
                collect(uri, args, set);
            } else {
                include(uri, args, standIn, waits);
            }
        } catch (Inclusions.Refused e) {
            isWaiting = false;
            throw new SsiException();
        }
    }

    /** Returns the value of a URI, which may be relative to that of the request. */
    private String target(String text) throws SsiException {
        String value = value(text);
        boolean isRelative = value.isEmpty() ? text.indexOf('$') < 0 : value.charAt(0) != '/';
        return isRelative ? exchange.uri().substring(0, exchange.uri().lastIndexOf('/') + 1) + value : value;
    }

    private void include(String uri, String args, byte[] stub, boolean waits) throws Inclusions.Refused {
        isWaiting = waits;
        Inclusions.of(exchange)
                .include(
                        uri,
                        args,
                        each -> {
                            each.requestLog().isFor("ssi");
                            SharedBody.share(exchange, each);
                            if (stub != null) {
                                String type = exchange.responseHeaders().getFirst(Headers.CONTENT_TYPE);
                                new SpecialResponse.Stub(type, stub).standInFor(each);
                            }
                        },
                        (each, hasContent) -> {
                            if (stub != null && !hasContent) {
                                Inclusions.of(exchange).putInstead(each, stub);
                            }
                            if (waits) {
                                isWaiting = false;
                                goOn.run();
                            }
                        });
    }

    private void collect(String uri, String args, String name) throws Inclusions.Refused {
        if (values.get(name) == null) {
            values.set(name, "");
        }
        isWaiting = true;
        Inclusions.of(exchange).collect(uri, args, (each, content) -> {
            if (each.status() < 300 && content.length > 0) {
                values.set(name, new String(content, StandardCharsets.ISO_8859_1));
            }
            isWaiting = false;
            goOn.run();
        });
    }
}
