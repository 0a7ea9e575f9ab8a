package hopyard.backend;

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
import java.util.logging.Level;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A real Chromium, with a page open in it. */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Program.ROOT.resolve("target/screenshots");

    private static final String AXE = axe();

    private static final int PATIENCE_SECONDS = 20;

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
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
        options.addArguments(arguments);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
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
        driver.get(url);
    }

    /** The tab that everything goes to. */
    String tab() {
        return driver.getWindowHandle();
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

    /** Waits for an element that is shown. */
    WebElement find(String selector) {
        WebElement[] found = new WebElement[1];
        until("an element " + selector, () -> {
            found[0] = driver.findElements(By.cssSelector(selector)).stream()
                    .filter(WebElement::isDisplayed)
                    .findFirst()
                    .orElse(null);
            return found[0] != null;
        });
        return found[0];
    }

    /** Waits for a condition; an element that the page has replaced meanwhile is looked for again. */
    void until(String what, Callable<Boolean> condition) {
        Program.until(what, PATIENCE_SECONDS, () -> {
            try {
                return condition.call();
            } catch (StaleElementReferenceException e) {
                return false;
            }
        });
    }

    List<String> texts(String selector) {
        return driver.findElements(By.cssSelector(selector)).stream()
                .map(WebElement::getText)
                .toList();
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

    /** Clicks until the element has noticed: what moves or is not yet enabled when the button goes down misses a click. */
    void click(String selector) {
        until("a click on " + selector, () -> {
            WebElement element = find(selector);
            script(
                    "window.clickArrived = false;"
                            + "arguments[0].addEventListener('click', () => { window.clickArrived = true; }, { once: true, capture: true });"
                            + "arguments[0].scrollIntoView({ block: 'center' })",
                    element);
            element.click();
            // after a click that led to another page the mark is gone
            return (Boolean) script("return window.clickArrived !== false");
        });
    }

    void type(String selector, CharSequence... keys) {
        until("to type into " + selector, () -> {
            WebElement element = find(selector);
            element.clear();
            element.sendKeys(keys);
            return true;
        });
    }

    Object script(String code, Object... arguments) {
        return driver.executeScript(code, arguments);
    }

    WebElement focused() {
        return driver.switchTo().activeElement();
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
     * What axe-core finds wrong with the page as it is now, for WCAG 2.2 A and AA and its best practices; one line for each.
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

    /** Opens another tab of this window and goes to it. */
    void newTab(String url) {
        driver.switchTo().newWindow(WindowType.TAB);
        driver.get(url);
    }

    List<String> tabs() {
        return List.copyOf(driver.getWindowHandles());
    }

    void show(String tab) {
        driver.switchTo().window(tab);
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
