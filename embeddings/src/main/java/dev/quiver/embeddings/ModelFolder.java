package dev.quiver.embeddings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
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

    /**
     * What {@code model.json} says.
     *
     * @param licence null if nobody said
     * @param source likewise
     */
    public record Description(
            String family,
            int dimension,
            String licence,
            String source,
            Map<String, Object> settings,
            Map<String, Object> statistics,
            List<File> files) {}

    /** A file beside {@code model.json}. */
    public record File(String name, long bytes, String sha256) {}

    /**
     * Reads the description of a finished model, and looks whether its files are what it says.
     *
     * @throws InvalidModelException if there is none, or a file is missing or another
     */
    public static Description read(Path folder) throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(folder + " has no " + DESCRIPTION
                    + ": it is no folder of a model, or its training has not ended. Name another, or train once more.");
        }
        Description d;
        try (JsonParser json = new JsonFactory().createParser(Files.newInputStream(file))) {
            json.nextToken();
            d = description(object(value(json)));
        } catch (JsonProcessingException | ClassCastException | NullPointerException e) {
            throw new InvalidModelException(
                    file + " is not a model's description: " + e.getMessage() + ". Train the model once more.", e);
        }
        for (File f : d.files) {
            Path path = folder.resolve(f.name);
            if (f.name.isEmpty() || f.name.equals("..") || f.name.indexOf('/') >= 0 || f.name.indexOf('\\') >= 0) {
                throw new InvalidModelException(file + " names the file '" + f.name
                        + "', which is not in its folder. It was not made by a training.");
            }
            if (!Files.isRegularFile(path)) {
                throw new InvalidModelException(path + " is missing. Copy the whole folder.");
            }
            if (Files.size(path) != f.bytes || !sha256(path).equals(f.sha256)) {
                throw new InvalidModelException(path + " is not the file that " + DESCRIPTION
                        + " describes: it is damaged or of another training. Copy the whole folder once more.");
            }
        }
        return d;
    }

    private static Description description(Map<String, Object> json) {
        List<File> files = new ArrayList<>();
        for (Object entry : (List<?>) json.get("files")) {
            Map<String, Object> f = object(entry);
            files.add(
                    new File((String) f.get("name"), ((Number) f.get("bytes")).longValue(), (String) f.get("sha256")));
        }
        return new Description(
                (String) json.get("family"),
                ((Number) json.get("dimension")).intValue(),
                (String) json.get("licence"),
                (String) json.get("source"),
                object(json.get("settings")),
                object(json.get("statistics")),
                List.copyOf(files));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    private static Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> values = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    values.put(name, value(json));
                }
                yield values;
            }
            case START_ARRAY -> {
                List<Object> values = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(json));
                }
                yield values;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
            case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
            case VALUE_NULL -> null;
            case null, default -> json.getText();
        };
    }
}
