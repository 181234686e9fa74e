package dev.quiver.functions.auth;

import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** The document with the keys: a file, or an object in S3. */
public final class KeySources {
    private KeySources() {}

    /** @throws IllegalArgumentException if the setting is missing or of no known form */
    public static ApiKeys.Source open(Optional<String> setting, QuiverConfig.S3 s3) {
        String where = setting.map(String::strip)
                .filter(s -> !s.isEmpty())
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "quiver.auth.mode is 'keys', so quiver.auth.keys must say where they are: a file, or s3://bucket/key."));
        if (where.startsWith("s3://")) {
            String[] parts = where.substring("s3://".length()).split("/", 2);
            if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
                throw new IllegalArgumentException(
                        "quiver.auth.keys is '" + where + "', it must name an object: s3://bucket/key.");
            }
            return new InS3(Stores.client(s3), parts[0], parts[1]);
        }
        return new InFile(Path.of(where));
    }

    private record InFile(Path file) implements ApiKeys.Source {
        @Override
        public Optional<byte[]> read() throws IOException {
            try {
                return Optional.of(Files.readAllBytes(file));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        }

        @Override
        public String name() {
            return file.toString();
        }
    }

    private record InS3(S3Client s3, String bucket, String key) implements ApiKeys.Source {
        @Override
        public Optional<byte[]> read() throws IOException {
            try {
                return Optional.of(
                        s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asByteArray());
            } catch (NoSuchKeyException e) {
                return Optional.empty();
            } catch (SdkException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public String name() {
            return "s3://" + bucket + "/" + key;
        }
    }
}
