package dev.quiver.embeddings.adapters;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.quiver.embeddings.InvalidModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named float32 tensors in the format of <a href="https://github.com/huggingface/safetensors">safetensors</a>, which other programs read: little-endian uint64 length of the head; the head, JSON of
 * {@code {"name": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [from, to]}}}, filled up with spaces to a multiple of 8; the values.
 */
final class SafeTensors {
    private static final int LONGEST_HEAD = 1 << 20;

    private SafeTensors() {}

    /** @param values row by row, without padding */
    record Tensor(int[] shape, float[] values) {
        /** Rows without what they are padded with. */
        static Tensor packed(float[] padded, int rows, int columns) {
            int stride = Rows.stride(columns);
            float[] values = new float[rows * columns];
            for (int r = 0; r < rows; r++) {
                System.arraycopy(padded, r * stride, values, r * columns, columns);
            }
            return new Tensor(new int[] {rows, columns}, values);
        }

        /** And with it. */
        float[] padded() {
            int stride = Rows.stride(shape[1]);
            float[] padded = new float[shape[0] * stride];
            for (int r = 0; r < shape[0]; r++) {
                System.arraycopy(values, r * shape[1], padded, r * stride, shape[1]);
            }
            return padded;
        }

        Tensor expect(Path file, String name, int... wanted) {
            if (!Arrays.equals(shape, wanted)) {
                throw new InvalidModelException(file + ": the tensor " + name + " has the shape "
                        + Arrays.toString(shape) + " and not " + Arrays.toString(wanted)
                        + ", as model.json says. Train the adapter once more.");
            }
            for (float v : values) {
                if (!Float.isFinite(v)) {
                    throw new InvalidModelException(
                            file + ": the tensor " + name + " has the value " + v + ". Train the adapter once more.");
                }
            }
            return this;
        }
    }

    /** Whole or not at all. */
    static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        long size = 0;
        try (JsonGenerator json = new JsonFactory().createGenerator(head)) {
            json.writeStartObject();
            for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
                json.writeObjectFieldStart(e.getKey());
                json.writeStringField("dtype", "F32");
                json.writeFieldName("shape");
                json.writeArray(e.getValue().shape, 0, e.getValue().shape.length);
                json.writeFieldName("data_offsets");
                long end = size + 4L * e.getValue().values.length;
                json.writeArray(new long[] {size, end}, 0, 2);
                size = end;
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while (head.size() % 8 != 0) {
            head.write(' ');
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(8 + head.size() + size))
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(head.size())
                .put(head.toByteArray());
        for (Tensor t : tensors.values()) {
            for (float v : t.values) {
                bytes.putFloat(v);
            }
        }
        bytes.flip();
        Path part = Path.of(file + ".part");
        try (FileChannel out = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @throws InvalidModelException if it is not whole, or has other values than float32 */
    static Map<String, Tensor> read(Path file) throws IOException {
        if (Files.size(file) > Integer.MAX_VALUE - 8) {
            throw invalid(file, "is larger than any adapter");
        }
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long length = bytes.length < 8 ? -1 : b.getLong();
        if (length < 2 || length > Math.min(LONGEST_HEAD, bytes.length - 8)) {
            throw invalid(file, "is no file of safetensors");
        }
        int start = 8 + (int) length;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(bytes, 8, (int) length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw invalid(file, "has a head that is no object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals("__metadata__")) {
                    json.skipChildren();
                } else {
                    tensors.put(name, tensor(json, file, name, b, start));
                }
            }
        } catch (JsonProcessingException e) {
            throw invalid(file, "has a head that is no JSON");
        }
        return tensors;
    }

    private static Tensor tensor(JsonParser json, Path file, String name, ByteBuffer b, int start) throws IOException {
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> type = json.getText();
                case "shape" -> shape = numbers(json);
                case "data_offsets" -> offsets = numbers(json);
                default -> json.skipChildren();
            }
        }
        if (!"F32".equals(type)) {
            throw invalid(file, "has the tensor " + name + " of type " + type + " and not F32");
        }
        if (shape == null || shape.length < 1 || shape.length > 2 || offsets == null || offsets.length != 2) {
            throw invalid(file, "has the tensor " + name + " without a shape of one or two numbers and its place");
        }
        long values = 1;
        for (long s : shape) {
            if (s < 1 || s > Integer.MAX_VALUE) {
                throw invalid(file, "has the tensor " + name + " with the shape " + Arrays.toString(shape));
            }
            values *= s;
        }
        if (offsets[0] < 0
                || offsets[0] > offsets[1]
                || offsets[1] > b.limit() - start
                || (offsets[1] - offsets[0]) != 4 * values) {
            throw invalid(
                    file,
                    "has the tensor " + name + " of " + values + " values at the bytes " + Arrays.toString(offsets));
        }
        float[] read = new float[(int) values];
        for (int i = 0; i < read.length; i++) {
            read[i] = b.getFloat(start + (int) offsets[0] + 4 * i);
        }
        return new Tensor(Arrays.stream(shape).mapToInt(s -> (int) s).toArray(), read);
    }

    private static long[] numbers(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            return null;
        }
        long[] numbers = new long[3];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (count == numbers.length || json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                return null;
            }
            numbers[count++] = json.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private static InvalidModelException invalid(Path file, String what) {
        return new InvalidModelException(
                file + " " + what + ". It is damaged or not an adapter's: train the adapter once more.");
    }
}
