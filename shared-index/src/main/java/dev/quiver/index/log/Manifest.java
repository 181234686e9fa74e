package dev.quiver.index.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.FieldType;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.vector.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The state of a collection apart from its log tail: what is fixed, which segments there are, and up to which sequence the log is folded into
 * them. Small, JSON, replaced as a whole.
 *
 * @param uid tells a collection from one of the same name that was deleted before
 * @param version counts from 1
 * @param id a ulid of this version: two that were prepared for the same place differ in it
 * @param previous the key of the version before this one, or null
 * @param createdAt epoch milliseconds of the collection's creation
 * @param updatedAt epoch milliseconds of this version
 * @param appliedSequence log entries up to here are in the segments
 * @param collectedSequence log entries up to here may have been deleted
 * @param retention milliseconds for which earlier states can be read
 * @param pending a fork in the making: there is no collection yet
 * @param owners collections from which this one was forked and in whose folders some of its segments may lie
 * @param segments oldest first
 * @param keys the ulid of the object with the idempotency keys of folded commits, or null
 */
public record Manifest(
        String uid,
        long version,
        String id,
        String previous,
        long createdAt,
        long updatedAt,
        Schema schema,
        long appliedSequence,
        long collectedSequence,
        long retention,
        boolean pending,
        List<String> owners,
        List<SegmentEntry> segments,
        String keys) {

    /** The version of this document's form, not of its content. */
    private static final int FORMAT = 1;

    /** With declared fields, or text fields that are not the usual ones: who knows nothing of them would lose them when it writes. */
    private static final int FORMAT_WITH_FIELDS = 2;

    /** Of {@link #retention}: 10 years. */
    public static final long MOST_RETENTION = 10L * 365 * 24 * 3600 * 1000;

    /** Bytes from the comma before the checksum to the end. */
    private static final int TAIL = tail(new byte[0], 0).length();

    private static final JsonFactory JSON = new JsonFactory();

    /**
     * @param name a ulid
     * @param rows in the file
     * @param live rows that are neither deleted nor overwritten by what is folded
     * @param bytes length of the file
     * @param deletions the ulid of its deletion vector, which lies in the collection's own folder; or null if all rows are live
     * @param owner the collection in whose folder the segment lies, or null: its own
     */
    public record SegmentEntry(String name, int rows, int live, long bytes, String deletions, String owner) {}

    public Manifest {
        owners = List.copyOf(owners);
        segments = List.copyOf(segments);
    }

    /** The version after this one. */
    public Manifest next(
            String nextId,
            long now,
            long applied,
            long collected,
            List<SegmentEntry> newSegments,
            String newKeys,
            Layout layout) {
        return after(nextId, now, applied, collected, retention, owners, newSegments, newKeys, layout);
    }

    /** As {@link #next}, with another retention and nothing else. */
    public Manifest withRetention(String nextId, long now, long millis, Layout layout) {
        return after(nextId, now, appliedSequence, collectedSequence, millis, owners, segments, keys, layout);
    }

    /** The version after this one, with the same content. */
    public Manifest barrier(String nextId, long now, long collected, List<String> others, Layout layout) {
        return after(nextId, now, appliedSequence, collected, retention, others, segments, keys, layout);
    }

    /** A pending fork comes into being. */
    public Manifest forked(String nextId, long now, List<String> from, List<SegmentEntry> shared, Layout layout) {
        return after(nextId, now, appliedSequence, collectedSequence, retention, from, shared, null, layout);
    }

    private Manifest after(
            String nextId,
            long now,
            long applied,
            long collected,
            long millis,
            List<String> newOwners,
            List<SegmentEntry> newSegments,
            String newKeys,
            Layout layout) {
        return new Manifest(
                uid,
                version + 1,
                nextId,
                layout.manifestVersion(version, id),
                createdAt,
                now,
                schema,
                applied,
                collected,
                millis,
                false,
                newOwners,
                newSegments,
                newKeys);
    }

    public byte[] toJson() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            boolean withFields = !schema.declared().isNone() || !schema.text().equals(TextField.DEFAULT);
            json.writeNumberField("format", withFields ? FORMAT_WITH_FIELDS : FORMAT);
            json.writeStringField("uid", uid);
            json.writeNumberField("version", version);
            json.writeStringField("id", id);
            json.writeStringField("previous", previous);
            json.writeNumberField("createdAt", createdAt);
            json.writeNumberField("updatedAt", updatedAt);
            json.writeNumberField("dimension", schema.dimension());
            json.writeStringField("metric", schema.metric().name().toLowerCase(Locale.ROOT));
            json.writeStringField("model", schema.model());
            if (withFields) {
                write(json, schema.declared());
                write(json, schema.text());
            }
            json.writeNumberField("appliedSequence", appliedSequence);
            json.writeNumberField("collectedSequence", collectedSequence);
            json.writeNumberField("retention", retention);
            json.writeBooleanField("pending", pending);
            json.writeStringField("keys", keys);
            json.writeArrayFieldStart("owners");
            for (String owner : owners) {
                json.writeStartObject();
                json.writeStringField("name", owner);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("segments");
            for (SegmentEntry s : segments) {
                json.writeStartObject();
                json.writeStringField("name", s.name);
                json.writeNumberField("rows", s.rows);
                json.writeNumberField("live", s.live);
                json.writeNumberField("bytes", s.bytes);
                json.writeStringField("deletions", s.deletions);
                json.writeStringField("owner", s.owner);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seal(out.toByteArray());
    }

    private static void write(JsonGenerator json, DeclaredFields declared) throws IOException {
        json.writeBooleanField("strict", declared.isStrict());
        json.writeArrayFieldStart("fields");
        for (var field : declared.types().entrySet()) {
            json.writeStartObject();
            json.writeStringField("name", field.getKey());
            json.writeStringField("type", field.getValue().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, List<TextField> text) throws IOException {
        json.writeArrayFieldStart("text");
        for (TextField t : text) {
            json.writeStartObject();
            json.writeStringField("name", t.name());
            json.writeStringField("analyzer", t.analyzer());
            json.writeNumberField("weight", t.weight());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static DeclaredFields declared(Fields manifest) {
        Map<String, FieldType> types = new LinkedHashMap<>();
        for (Fields f : manifest.objects("fields")) {
            types.put(f.string("name"), FieldType.valueOf(f.string("type").toUpperCase(Locale.ROOT)));
        }
        return new DeclaredFields(types, manifest.flag("strict"));
    }

    /** Puts the checksum of all that is before it into a JSON object as its last field. */
    static byte[] seal(byte[] json) {
        int end = json.length - 1;
        while (Character.isWhitespace(json[end - 1])) {
            end--;
        }
        byte[] tail = tail(json, end).getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = Arrays.copyOf(json, end + tail.length);
        System.arraycopy(tail, 0, sealed, end, tail.length);
        return sealed;
    }

    private static String tail(byte[] json, int end) {
        CRC32C crc = new CRC32C();
        crc.update(json, 0, end);
        return String.format(Locale.ROOT, ",\n  \"crc32c\" : \"%08x\"\n}", crc.getValue());
    }

    /** Before all else: formats to come keep the seal. */
    static void checkSeal(String what, String key, byte[] bytes) {
        int end = Math.max(0, bytes.length - TAIL);
        if (!tail(bytes, end).equals(new String(bytes, end, bytes.length - end, StandardCharsets.ISO_8859_1))) {
            throw new CorruptDataException(what + " " + key + " is damaged: its checksum does not match. "
                    + "Restore the object from a backup or a bucket version.");
        }
    }

    /**
     * @param key for messages
     * @throws CorruptDataException if this is not a manifest that this version can read
     */
    public static Manifest fromJson(String key, byte[] bytes) {
        checkSeal("Manifest", key, bytes);
        try (JsonParser json = JSON.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new CorruptDataException("Manifest " + key + " is damaged: it is not a JSON object");
            }
            Fields f = Fields.read(json);
            long format = f.number("format");
            if (format != FORMAT && format != FORMAT_WITH_FIELDS) {
                throw new CorruptDataException("Manifest " + key + " has format " + format
                        + ", this Quiver reads format " + FORMAT + " and " + FORMAT_WITH_FIELDS
                        + ". Use a newer Quiver.");
            }
            List<SegmentEntry> segments = new ArrayList<>();
            for (Fields s : f.objects("segments")) {
                long rows = s.number("rows", 1, Integer.MAX_VALUE);
                segments.add(new SegmentEntry(
                        s.ulid("name"),
                        (int) rows,
                        (int) s.number("live", 1, rows),
                        s.number("bytes", 1, Long.MAX_VALUE),
                        s.stringOrNull("deletions") == null ? null : s.ulid("deletions"),
                        s.stringOrNull("owner") == null ? null : s.folder("owner")));
            }
            long applied = f.number("appliedSequence", 0, Long.MAX_VALUE);
            return new Manifest(
                    f.ulid("uid"),
                    f.number("version", 1, Long.MAX_VALUE),
                    f.ulid("id"),
                    f.stringOrNull("previous"),
                    f.number("createdAt"),
                    f.number("updatedAt"),
                    new Schema(
                            Math.toIntExact(f.number("dimension")),
                            Metric.valueOf(f.string("metric").toUpperCase(Locale.ROOT)),
                            f.stringOrNull("model"),
                            format == FORMAT_WITH_FIELDS ? declared(f) : DeclaredFields.NONE,
                            format == FORMAT_WITH_FIELDS ? text(f) : TextField.DEFAULT),
                    applied,
                    f.number("collectedSequence", 0, applied),
                    f.number("retention", 0, MOST_RETENTION),
                    f.flag("pending"),
                    f.objects("owners").stream().map(o -> o.folder("name")).toList(),
                    segments,
                    f.stringOrNull("keys") == null ? null : f.ulid("keys"));
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new CorruptDataException("Manifest " + key + " is damaged: " + e.getMessage(), e);
        }
    }

    private static List<TextField> text(Fields manifest) {
        return manifest.objects("text").stream()
                .map(f -> new TextField(f.string("name"), f.string("analyzer"), f.fraction("weight")))
                .toList();
    }

    /** The fields of one JSON object, of the few types that a manifest has. */
    private record Fields(Map<String, Object> values) {
        static Fields read(JsonParser json) throws IOException {
            Map<String, Object> values = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                switch (json.nextToken()) {
                    case VALUE_STRING -> values.put(name, json.getText());
                    case VALUE_NUMBER_FLOAT -> values.put(name, json.getDoubleValue());
                    case VALUE_NUMBER_INT -> values.put(name, json.getLongValue());
                    case START_ARRAY -> {
                        List<Fields> list = new ArrayList<>();
                        while (json.nextToken() == JsonToken.START_OBJECT) {
                            list.add(read(json));
                        }
                        values.put(name, list);
                    }
                    case VALUE_TRUE -> values.put(name, true);
                    case VALUE_FALSE -> values.put(name, false);
                    case VALUE_NULL -> {}
                    default -> json.skipChildren();
                }
            }
            if (json.currentToken() != JsonToken.END_OBJECT) {
                throw new IllegalArgumentException("unexpected " + json.currentToken());
            }
            return new Fields(values);
        }

        double fraction(String name) {
            if (values.get(name) instanceof Number n) {
                return n.doubleValue();
            }
            throw new IllegalArgumentException("'" + name + "' is missing or not a number");
        }

        long number(String name) {
            if (values.get(name) instanceof Long n) {
                return n;
            }
            throw new IllegalArgumentException("'" + name + "' is missing or not a number");
        }

        long number(String name, long least, long most) {
            long n = number(name);
            if (n < least || n > most) {
                throw new IllegalArgumentException("'" + name + "' is " + n);
            }
            return n;
        }

        /** These become parts of keys. */
        String ulid(String name) {
            String s = string(name);
            if (!s.matches("[0-9A-Z]{26}")) {
                throw new IllegalArgumentException("'" + name + "' is not a ulid");
            }
            return s;
        }

        String folder(String name) {
            String s = string(name);
            if (!Layout.isName(s)) {
                throw new IllegalArgumentException("'" + name + "' is not the name of a collection");
            }
            return s;
        }

        boolean flag(String name) {
            if (values.get(name) instanceof Boolean b) {
                return b;
            }
            throw new IllegalArgumentException("'" + name + "' is missing or not true or false");
        }

        String string(String name) {
            if (values.get(name) instanceof String s) {
                return s;
            }
            throw new IllegalArgumentException("'" + name + "' is missing or not a string");
        }

        String stringOrNull(String name) {
            return values.get(name) == null ? null : string(name);
        }

        @SuppressWarnings("unchecked")
        List<Fields> objects(String name) {
            if (values.get(name) instanceof List<?> list) {
                return (List<Fields>) list;
            }
            throw new IllegalArgumentException("'" + name + "' is missing or not a list");
        }
    }
}
