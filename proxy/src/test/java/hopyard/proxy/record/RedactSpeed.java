package hopyard.proxy.record;

import java.nio.charset.StandardCharsets;
import java.util.Random;

class RedactSpeed {
    @org.junit.jupiter.api.Test
    void speed() {
        Random r = new Random(1);
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; json.length() < 65536; i++)
            json.append("{\"id\":")
                    .append(i)
                    .append(",\"name\":\"User ")
                    .append(Long.toString(r.nextLong(), 36))
                    .append("\",\"email\":\"u")
                    .append(i)
                    .append("@example.org\",\"created\":\"2026-11-26T18:00:00Z\",\"ok\":true},");
        StringBuilder html = new StringBuilder();
        for (int i = 0; html.length() < 65536; i++)
            html.append("<div class=\"row r")
                    .append(i)
                    .append("\"><a href=\"/items/")
                    .append(i)
                    .append("?page=2\">Some words of a text about nothing</a></div>\n");
        String[][] all = {
            {"json", json.toString(), "application/json"},
            {"html", html.toString(), "text/html"},
            {"a=", "a=".repeat(32768), "text/plain"},
            {"colons", ":".repeat(65536), "text/plain"},
            {"quotes", "\"".repeat(65536), "text/plain"},
            {"pct", "%25".repeat(21845), "text/plain"},
            {"token=", "token=\"".repeat(9362), "text/plain"},
            {"{", "[".repeat(65536), "application/json"},
            {"{x", "{\"name\":".repeat(8192), "application/json"},
            {"amp", "&".repeat(65536), "text/plain"},
            {"at", "a@".repeat(32768), "text/plain"},
            {"slash", "//a:b".repeat(13107), "text/plain"},
            {"pw ", "password ".repeat(7281), "text/plain"},
            {"hash", "#a".repeat(32768), "text/plain"},
            {"lt", "<token>".repeat(9362), "text/plain"},
            {"x", "x".repeat(65536), "text/plain"},
            {"rand", Long.toString(r.nextLong(), 36).repeat(5000), "text/plain"},
            {"form", "a=b&".repeat(16384), "application/x-www-form-urlencoded"},
            {"token[", "token=[".repeat(9362), "text/plain"},
            {"nv", "[" + "{\"name\":\"password\",\"value\":\"x\",\"value\":\"x\"},".repeat(1400), "application/json"},
            {"nv2", "{\"name\":\"password\"" + ",\"value\":\"x\"".repeat(5000) + "}", "application/json"},
            {"multi", "--x\r\n".repeat(13000), "multipart/form-data; boundary=x"},
            {"dots", "a.".repeat(32768), "text/plain"},
            {"ey", "eyJ".repeat(21845), "text/plain"},
            {"dash", "a-".repeat(32768), "text/plain"}
        };
        for (int round = 0; round < 3; round++)
            for (String[] each : all) {
                byte[] b = each[1].getBytes(StandardCharsets.ISO_8859_1);
                long t = System.nanoTime();
                int n = ContentText.redact(b, each[2]).length;
                if (round == 2)
                    System.out.printf(
                            "%-8s %6d -> %6d  %.2f ms%n", each[0], b.length, n, (System.nanoTime() - t) / 1e6);
            }
    }
}
