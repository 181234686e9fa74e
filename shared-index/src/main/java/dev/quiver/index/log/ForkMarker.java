package dev.quiver.index.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quiver.index.memory.CorruptDataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Lies in a collection's folder as long as a fork needs segments there: garbage collection and deletion of the collection spare them.
 *
 * @param fork the name of the collection that needs them
 * @param uid of that collection
 * @param segments their ulids
 */
public record ForkMarker(String fork, String uid, List<String> segments) {
    private static final int FORMAT = 1;
    private static final JsonFactory JSON = new JsonFactory();

    public ForkMarker {
        segments = List.copyOf(segments);
    }

    public byte[] toJson() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("fork", fork);
            json.writeStringField("uid", uid);
            json.writeArrayFieldStart("segments");
            for (String s : segments) {
                json.writeString(s);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Manifest.seal(out.toByteArray());
    }

    /**
     * @param key for messages
     * @throws CorruptDataException if these are not the bytes of a marker that this version can read
     */
    public static ForkMarker fromJson(String key, byte[] bytes) {
        Manifest.checkSeal("Fork marker", key, bytes);
        String fork = null;
        String uid = null;
        long format = 0;
        List<String> segments = new ArrayList<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "format" -> format = json.getLongValue();
                    case "fork" -> fork = json.getText();
                    case "uid" -> uid = json.getText();
                    case "segments" -> {
                        while (json.nextToken() == JsonToken.VALUE_STRING) {
                            segments.add(json.getText());
                        }
                    }
                    default -> json.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new CorruptDataException("Fork marker " + key + " is damaged: " + e.getMessage(), e);
        }
        if (format != FORMAT || fork == null || !Layout.isName(fork) || uid == null) {
            throw new CorruptDataException("Fork marker " + key + " has format " + format
                    + ", this Quiver reads format " + FORMAT + ". Use a newer Quiver.");
        }
        return new ForkMarker(fork, uid, segments);
    }
}
