package hopyard.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.logging.Level;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.InvalidElementStateException;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A real Chromium, with a page open in it. No element is handed out: the page may replace it at any time, so whatever
 * is read or done names it by a selector, and is tried again where it met the one before.
 */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Program.ROOT.resolve("target/screenshots");

    private static final String AXE = axe();

    private static final int PATIENCE_SECONDS = 20;

    /**
     * Begins a script whose first argument is a selector: {@code all} elements, which one {@code isShown}, and its
     * {@code textOf}.
     */
    private static final String LOOK = """
            const all = [...document.querySelectorAll(arguments[0])];
            const isRendered = (e) => e.checkVisibility({ visibilityProperty: true });
            const isShown = (e) => isRendered(e) && [e, ...e.querySelectorAll('*')].some((each) => {
                const { width, height } = each.getBoundingClientRect();
                return width > 0 && height > 0;
            });
            const textOf = (e) => (isRendered(e) ? (e.innerText ?? e.textContent).trim() : '');
            """;

    private final ChromeDriver driver;

    /** Skips the test where there is no Chromium, and says so; under CI=true that is a failure. */
    static void require() {
        boolean present = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
        if (!present && "true".equals(System.getenv("CI"))) {
            Assertions.fail("Chromium is not installed, and under CI nothing is skipped:"
                    + " apt-get install chromium chromium-driver");
        }
        Assumptions.assumeTrue(
                present, "skipped: Chromium is not installed (apt-get install chromium chromium-driver)");
    }

    /**
     * @param arguments more switches of Chromium's command line
     */
    Browser(String... arguments) {
        this(Map.of(), arguments);
    }

    /**
     * @param environment of its process, such as another HOME
     */
    Browser(Map<String, String> environment, String... arguments) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        // it warns as it does for a person
        options.setAcceptInsecureCerts(false);
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
        options.addArguments(arguments);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .withEnvironment(environment)
                        .build(),
                options);
        size(1400, 1000);
    }

    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    void colours(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    void open(String url) {
        // a change of the part behind # alone would load nothing
        driver.get("about:blank");
        // nothing moves on the page where the pointer was left
        driver.executeCdpCommand("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", 0, "y", 0));
        driver.get(url);
    }

    /** The tab that everything goes to. */
    String tab() {
        return driver.getWindowHandle();
    }

    List<String> tabs() {
        return List.copyOf(driver.getWindowHandles());
    }

    /** Opens another tab, and goes to it. */
    void openTab() {
        driver.switchTo().newWindow(WindowType.TAB);
        size(1400, 1000);
    }

    void toTab(String tab) {
        driver.switchTo().window(tab);
    }

    /** Closes the tab; the next thing to do is to go to another one. */
    void closeTab() {
        driver.close();
    }

    /** Waits for a condition; what the page replaces or hides meanwhile is looked for again. */
    void until(String what, Callable<Boolean> condition) {
        WebDriverException[] last = new WebDriverException[1];
        try {
            Program.until(what, PATIENCE_SECONDS, () -> {
                try {
                    return condition.call();
                } catch (WebDriverException e) {
                    if (!isGone(e)) {
                        throw e;
                    }
                    last[0] = e;
                    return false;
                }
            });
        } catch (AssertionError e) {
            if (last[0] != null) {
                e.addSuppressed(last[0]);
            }
            throw e;
        }
    }

    /** Whether the element is another one now, or not to be acted on for the moment. */
    private static boolean isGone(WebDriverException e) {
        return e instanceof StaleElementReferenceException
                || e instanceof InvalidElementStateException
                || e.getMessage().contains("does not belong to the document");
    }

    /** Waits until what is looked at is as it should be, and says how it was at last. */
    void awaitEquals(Object expected, Callable<?> actual) {
        Object[] last = new Object[1];
        try {
            until("what is expected", () -> {
                last[0] = actual.call();
                return expected.equals(last[0]);
            });
        } catch (AssertionError e) {
            throw new AssertionError("expected " + expected + " but at last it was " + last[0], e);
        }
    }

    /** Waits for an element that is shown. */
    void await(String selector) {
        read(selector, "null");
    }

    /** The text of the first element that is shown, as a person reads it; waits for the element. */
    String text(String selector) {
        return (String) read(selector, "textOf(element)");
    }

    /** An attribute of the first element that is shown, null if it has none; waits for the element. */
    String attribute(String selector, String name) {
        return (String) read(selector, "element.getAttribute(arguments[1])", name);
    }

    /** A property of the first element that is shown; waits for the element. */
    Object property(String selector, String name) {
        return read(selector, "element[arguments[1]]", name);
    }

    /** Looks for the element and reads of it in one step: between two, the page may put another one there. */
    private Object read(String selector, String expression, String... names) {
        Object[] found = new Object[1];
        until("an element " + selector, () -> {
            List<?> read = (List<?>) script(
                    LOOK + "const element = all.find(isShown); return element ? [" + expression + "] : []",
                    selector,
                    names.length == 0 ? null : names[0]);
            read.forEach(each -> found[0] = each);
            return !read.isEmpty();
        });
        return found[0];
    }

    /** The texts of all elements, empty for one that is not shown. */
    @SuppressWarnings("unchecked")
    List<String> texts(String selector) {
        return (List<String>) script(LOOK + "return all.map(textOf)", selector);
    }

    /** Waits until the elements' text holds what is wanted, and returns the text. */
    String awaitText(String selector, String wanted) {
        String[] last = new String[1];
        try {
            until("the text", () -> {
                last[0] = String.join("\n", texts(selector));
                return last[0].contains(wanted);
            });
        } catch (AssertionError e) {
            throw new AssertionError("no \"" + wanted + "\" in " + selector + " but: " + last[0], e);
        }
        return last[0];
    }

    /**
     * Clicks until the element has noticed: what moves or is not yet enabled when the button goes down misses a click.
     */
    void click(String selector) {
        act("a click on " + selector, selector, "click", WebElement::click);
    }

    /** Gives an element the focus and presses a key there, until the element has noticed. */
    void pressOn(String selector, Keys key) {
        act("a key on " + selector, selector, "keydown", element -> press(key));
    }

    private void act(String what, String selector, String event, Consumer<WebElement> deed) {
        until(what, () -> {
            WebElement element = (WebElement) script(LOOK + """
                    const element = all.find(isShown);
                    if (element) {
                        window.hasArrived = false;
                        element.addEventListener(arguments[1], () => { window.hasArrived = true; }, { once: true, capture: true });
                        element.scrollIntoView({ block: 'center' });
                        if (arguments[1] === 'keydown') {
                            element.focus();
                        }
                    }
                    return element;
                    """, selector, event);
            if (element == null) {
                return false;
            }
            deed.accept(element);
            // after what led to another page the mark is gone
            return (Boolean) script("return window.hasArrived !== false");
        });
    }

    /** Has a text stand in a field in place of what is there. */
    void type(String selector, String text) {
        until("to type into " + selector, () -> {
            WebElement element = (WebElement) script(LOOK + "return all.find(isShown)", selector);
            if (element == null) {
                return false;
            }
            element.clear();
            element.sendKeys(text);
            return text.equals(script(LOOK + "return all.find(isShown)?.value", selector));
        });
    }

    Object script(String code, Object... arguments) {
        return driver.executeScript(code, arguments);
    }

    /** What has the focus, in words; empty where that is nothing that one sees. */
    String focused() {
        return (String) script("""
                const a = document.activeElement;
                if (!a || a === document.body || !a.getClientRects().length) { return ''; }
                return `${a.tagName.toLowerCase()}#${a.id} "${(a.innerText || a.value || '').slice(0, 40)}"`;
                """);
    }

    boolean isFocused(String selector) {
        return (Boolean) script("return Boolean(document.activeElement?.matches(arguments[0]))", selector);
    }

    void awaitFocus(String selector) {
        try {
            until("the focus", () -> isFocused(selector));
        } catch (AssertionError e) {
            throw new AssertionError("the focus is not on " + selector + " but on " + focused(), e);
        }
    }

    /** What the console has complained of since the last time: errors, and requests that were blocked. */
    List<String> complaints() {
        List<String> out = new ArrayList<>();
        driver.manage().logs().get(LogType.BROWSER).forEach(entry -> {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                out.add(entry.getMessage());
            }
        });
        return out;
    }

    /**
     * What axe-core finds wrong with the page as it is now, for WCAG 2.2 A and AA and its best practices; one line for
     * each.
     *
     * @see <a href="https://www.deque.com/axe/core-documentation/api-documentation/">axe-core</a>
     */
    List<String> inaccessible() {
        Boolean has = (Boolean) script("return Boolean(window.axe)");
        if (!has) {
            script(AXE);
        }
        @SuppressWarnings("unchecked")
        List<String> found = (List<String>)
                driver.executeAsyncScript(
                        "const done = arguments[0]; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
                                + " 'best-practice'], resultTypes: ['violations'] }).then(r => done(r.violations.map(v => v.id + ': ' +"
                                + " v.nodes.slice(0, 3).map(n => n.target + ' ' + (n.any[0]?.message ?? '')).join('; '))), e => done([String(e)]))");
        return found;
    }

    private static String axe() {
        try (InputStream in = Browser.class.getResourceAsStream("/axe.min.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Presses keys where the focus is. */
    void press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    /** Presses keys while another one is held. */
    void pressWith(Keys held, CharSequence... keys) {
        new Actions(driver).keyDown(held).sendKeys(keys).keyUp(held).perform();
    }

    /** Keeps a picture of the window in {@code target/screenshots}. */
    void screenshot(String name) {
        try {
            Files.createDirectories(SCREENSHOTS);
            Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
