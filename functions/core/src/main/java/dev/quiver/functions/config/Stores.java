package dev.quiver.functions.config;

import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.S3Ranges;
import dev.quiver.index.store.S3Store;
import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Opens the store that {@code quiver.data} names. */
public final class Stores {
    private static final String KEPT_CONNECTIONS = "http.maxConnections";

    private Stores() {}

    /** @throws IllegalArgumentException if the setting is of no known form */
    public static ObjectStore open(QuiverConfig config) {
        String data = config.data().strip();
        if (data.equals("memory:")) {
            return new MemoryStore();
        }
        if (data.startsWith("s3://")) {
            String path = data.substring("s3://".length());
            int slash = path.indexOf('/');
            String bucket = slash < 0 ? path : path.substring(0, slash);
            String prefix = slash < 0 ? "" : path.substring(slash + 1);
            if (bucket.isEmpty()) {
                throw new IllegalArgumentException("quiver.data is '" + data + "': name a bucket, s3://bucket/prefix.");
            }
            return new S3Store(
                    client(config.s3()),
                    ranges(config.s3()),
                    bucket,
                    prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/");
        }
        if (data.startsWith("file:")) {
            return new FileStore(Path.of(URI.create(data)));
        }
        if (data.contains("://")) {
            throw new IllegalArgumentException(
                    "quiver.data is '" + data + "': it must be a folder, s3://bucket/prefix or memory:.");
        }
        return new FileStore(Path.of(data));
    }

    private static S3Ranges ranges(QuiverConfig.S3 s3) {
        return new S3Ranges(
                () -> {
                    var builder = S3Presigner.builder()
                            .serviceConfiguration(S3Configuration.builder()
                                    .pathStyleAccessEnabled(s3.pathStyle())
                                    .build());
                    s3.endpoint().ifPresent(e -> builder.endpointOverride(URI.create(e)));
                    s3.region().ifPresent(r -> builder.region(Region.of(r)));
                    return builder.build();
                },
                UrlConnectionHttpClient.create());
    }

    /** For documents that lie beside the collections, too. */
    public static S3Client client(QuiverConfig.S3 s3) {
        // Of the JDK, which keeps five connections that are idle: a first query reads many ranges at once.
        if (System.getProperty(KEPT_CONNECTIONS) == null) {
            System.setProperty(KEPT_CONNECTIONS, "64");
        }
        var builder = S3Client.builder()
                // Starts in a tenth of the time of the other clients, which counts on a cold start.
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .forcePathStyle(s3.pathStyle());
        s3.endpoint().ifPresent(e -> builder.endpointOverride(URI.create(e)));
        s3.region().ifPresent(r -> builder.region(Region.of(r)));
        return builder.build();
    }
}
