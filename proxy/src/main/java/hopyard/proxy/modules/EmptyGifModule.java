package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;

import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Why;
import io.undertow.util.DateUtils;
import io.undertow.util.Headers;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;

/**
 * Answers with a picture of one transparent pixel.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_empty_gif_module.html">ngx_http_empty_gif_module</a>
 */
final class EmptyGifModule implements Module {

    private static final Settings<GifSettings> SETTINGS = Settings.ofLevel(GifSettings::new);

    /** A GIF of 1 by 1: header, a table of black and white, white is transparent, one pixel of white. */
    private static final byte[] PICTURE = HexFormat.of()
            .parseHex("474946383961" + "01000100800100" + "000000ffffff" + "21f9040100000100"
                    + "2c00000000010001000002024c0100" + "3b");

    /** The date of the picture, as nginx has it, in ms since 1970. */
    private static final long MODIFIED = 23_349_600_000L;

    private record GifSettings(boolean on) {
        GifSettings(SettingsReader in) {
            this(in.directive("empty_gif")
                    .means("Answers with a picture of one transparent pixel.")
                    .in(LOCATION)
                    .args(0, 0)
                    .read(new Readers.Present(), false));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("empty_gif", "ngx_http_empty_gif_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Scope whose = scope.context() == LOCATION_IF ? scope.parent() : scope;
        if (SETTINGS.of(whose).on) {
            location.content(EmptyGifModule::send);
        }
    }

    private static Result send(Exchange exchange) {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.fail(405);
            return Result.TAKEN;
        }
        exchange.ending().because(Why.RETURN);
        exchange.responseHeaders().put(Headers.LAST_MODIFIED, DateUtils.toDateString(new Date(MODIFIED)));
        BytesBody.offer(exchange, "image/gif", PICTURE);
        return Result.TAKEN;
    }
}
