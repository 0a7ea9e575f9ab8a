package hopyard.e2e;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A Java agent that brings trouble upon the process that it is loaded into: as soon as a file of that name is in its
 * directory, it has an I/O thread run into it. So tests can provoke what no request should be able to.
 */
public final class Trouble {

    private static final List<Object> HELD = new ArrayList<>();

    private Trouble() {}

    /** The option that loads it. */
    static String option(Path directory) throws IOException {
        Path jar = directory.resolve("trouble.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", Trouble.class.getName());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            String name = Trouble.class.getName().replace('.', '/') + ".class";
            out.putNextEntry(new JarEntry(name));
            out.write(Trouble.class.getClassLoader().getResourceAsStream(name).readAllBytes());
        }
        return "-javaagent:" + jar + "=" + directory;
    }

    /** Called by the JVM. */
    public static void premain(String directory) {
        Thread thread = new Thread(Trouble::await, directory);
        thread.setDaemon(true);
        thread.start();
    }

    private static void await() {
        Path directory = Path.of(Thread.currentThread().getName());
        while (true) {
            try {
                Thread.sleep(10);
                if (Files.deleteIfExists(directory.resolve("heap"))) {
                    onIoThread(Trouble::fillHeap);
                } else if (Files.deleteIfExists(directory.resolve("direct"))) {
                    onIoThread(Trouble::fillDirectMemory);
                } else if (Files.deleteIfExists(directory.resolve("stack"))) {
                    onIoThread(Trouble::fillStack);
                } else if (Files.deleteIfExists(directory.resolve("end"))) {
                    onIoThread(Trouble::endThread);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void onIoThread(Runnable trouble) {
        Thread io = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("I/O"))
                .findFirst()
                .orElseThrow();
        ((Executor) io).execute(trouble);
    }

    private static void fillHeap() {
        while (true) {
            HELD.add(new byte[1 << 20]);
        }
    }

    private static void fillDirectMemory() {
        while (true) {
            HELD.add(ByteBuffer.allocateDirect(1 << 20));
        }
    }

    private static void fillStack() {
        fillStack();
    }

    /** What the thread waits for is closed under it, and it ends with an exception. */
    private static void endThread() {
        try {
            Field field = Thread.currentThread().getClass().getDeclaredField("selector");
            field.setAccessible(true);
            ((Selector) field.get(Thread.currentThread())).close();
        } catch (ReflectiveOperationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
