package dev.quiver.embeddings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A folder with a model: its files, and {@code model.json}, which says what they are. It is written last, so a folder without it is not finished. */
public final class ModelFolder {
    public static final String DESCRIPTION = "model.json";

    private ModelFolder() {}

    /**
     * Describes the files of a finished model.
     *
     * @param settings numbers and strings, in their order
     * @param statistics what came out
     * @param licence of the data, or null if nobody said
     * @param source where the data is from, or null
     * @param files their names in the folder
     */
    public static void describe(
            Path folder,
            String family,
            int dimension,
            Map<String, Object> settings,
            Map<String, Object> statistics,
            String licence,
            String source,
            List<String> files)
            throws IOException {
        Path part = folder.resolve(DESCRIPTION + ".part");
        try (JsonGenerator json = new JsonFactory().createGenerator(Files.newOutputStream(part))) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("family", family);
            json.writeNumberField("dimension", dimension);
            json.writeStringField("licence", licence);
            json.writeStringField("source", source);
            map(json, "settings", settings);
            map(json, "statistics", statistics);
            json.writeArrayFieldStart("files");
            for (String file : files) {
                json.writeStartObject();
                json.writeStringField("name", file);
                json.writeNumberField("bytes", Files.size(folder.resolve(file)));
                json.writeStringField("sha256", sha256(folder.resolve(file)));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        Files.move(
                part, folder.resolve(DESCRIPTION), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void map(JsonGenerator json, String name, Map<String, Object> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Object> e : values.entrySet()) {
            json.writeFieldName(e.getKey());
            switch (e.getValue()) {
                case Integer i -> json.writeNumber(i);
                case Long l -> json.writeNumber(l);
                case Double d -> json.writeNumber(d);
                case Boolean b -> json.writeBoolean(b);
                case Object o -> json.writeString(o.toString());
            }
        }
        json.writeEndObject();
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
