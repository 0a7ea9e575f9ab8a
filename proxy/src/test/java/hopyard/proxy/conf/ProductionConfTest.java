package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.support.Nginx;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An nginx.conf that fronts a Django site loads here as it does there. */
class ProductionConfTest {

    @TempDir
    private Path directory;

    @Test
    void loadsUnchanged() throws Exception {
        Nginx.require();
        Files.createDirectories(directory.resolve("logs"));
        Path file = directory.resolve("nginx.conf");
        try (InputStream in = ProductionConfTest.class.getResourceAsStream("/production.conf")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(file, text.replace("%LOGS%", directory.toString()));
        }
        String nginx = Nginx.test(directory, file, "");
        assertTrue(nginx.contains("test is successful"), nginx);
        Configuration mine = new ConfigurationLoader(Modules.all(), directory, file, "", "stderr").load();
        mine.logFiles().close();
        assertEquals(List.of(), mine.warnings());
        assertEquals(1, mine.endpoints().size());
    }
}
