package dev.quiver.langchain4j;

import dev.quiver.client.QuiverClient;
import dev.quiver.testing.Child;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** The packaged server in a process of its own, once for all tests. */
public final class PackagedServer implements BeforeAllCallback {
    private static final AtomicInteger COLLECTIONS = new AtomicInteger();

    private QuiverClient client;

    QuiverClient client() {
        return client;
    }

    /** A name that no other test uses. */
    static String newCollection() {
        return "test-" + COLLECTIONS.incrementAndGet();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        client = context.getRoot()
                .getStore(Namespace.create(PackagedServer.class))
                .computeIfAbsent(Running.class, key -> new Running(), Running.class)
                .client;
    }

    private static final class Running implements AutoCloseable {
        private final Child process;
        private final QuiverClient client;

        Running() {
            Path jar = Path.of(System.getProperty("quiver.api.target"), "quarkus-app", "quarkus-run.jar")
                    .toAbsolutePath();
            try {
                Path folder = Files.createTempDirectory("quiver-langchain4j");
                folder.toFile().deleteOnExit();
                process = Child.java(
                        Map.of("QUIVER_DATA", "memory:"),
                        folder,
                        List.of("-Dquarkus.http.port=0", "-jar", jar.toString()));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            client = QuiverClient.builder(
                            URI.create(process.awaitLine(l -> l.contains("Listening on: http://127.0.0.1:"))
                                    .replaceAll(".*Listening on: (http\\S+).*", "$1")))
                    .build();
        }

        @Override
        public void close() {
            client.close();
            process.close();
        }
    }
}
