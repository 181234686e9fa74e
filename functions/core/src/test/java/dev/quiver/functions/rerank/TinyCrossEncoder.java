package dev.quiver.functions.rerank;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A cross-encoder small enough to be written down: what it says of a pair is how many times a token of the query stands in the passage, the mark at the end of both included. An ONNX file as its specification says, byte by byte, with
 * the tokenizer of the built-in MiniLM.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the form of ONNX files</a>
 */
final class TinyCrossEncoder {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    private TinyCrossEncoder() {}

    /** @return the model file */
    static Path write(Path folder) {
        return write(folder, "score");
    }

    /** One that answers with a number for each token. */
    static Path writeWrong(Path folder) {
        return write(folder, "types");
    }

    static Path tokenizer(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        try (InputStream in = TinyCrossEncoder.class.getResourceAsStream("/all-minilm-l6-v2-q-tokenizer.json")) {
            Files.write(file, in.readAllBytes());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path folder, String output) {
        Message graph = new Message()
                .message(1, node("Unsqueeze", "rows", "input_ids", "axis2"))
                .message(1, node("Unsqueeze", "columns", "input_ids", "axis1"))
                .message(1, node("Equal", "same", "rows", "columns"))
                .message(1, node("Cast", "ones", "same").message(5, to(FLOAT)))
                .message(1, node("Cast", "types", "token_type_ids").message(5, to(FLOAT)))
                .message(1, node("Unsqueeze", "passage", "types", "axis1"))
                .message(1, node("Sub", "others", "one", "types"))
                .message(1, node("Unsqueeze", "query", "others", "axis2"))
                .message(1, node("Mul", "ofQuery", "ones", "query"))
                .message(1, node("Mul", "ofBoth", "ofQuery", "passage"))
                .message(1, node("ReduceSum", "score", "ofBoth", "axes12"))
                .string(2, "overlap")
                .message(5, integers("axis1", 1))
                .message(5, integers("axis2", 2))
                .message(5, integers("axes12", 1, 2))
                .message(
                        5,
                        new Message()
                                .number(1, 1)
                                .number(2, FLOAT)
                                .bytes(9, new byte[] {0, 0, (byte) 0x80, 0x3f})
                                .string(8, "one"))
                .message(11, tensor("input_ids", INT64))
                .message(11, tensor("token_type_ids", INT64))
                .message(12, new Message().string(1, output));
        Message model = new Message()
                .number(1, 8)
                .message(7, graph)
                .message(8, new Message().string(1, "").number(2, 13));
        Path file = folder.resolve(output + ".onnx");
        try {
            return Files.write(file, model.out.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Message node(String type, String output, String... inputs) {
        Message node = new Message();
        for (String input : inputs) {
            node.string(1, input);
        }
        return node.string(2, output).string(4, type);
    }

    private static Message to(int type) {
        return new Message().string(1, "to").number(3, type).number(20, 2);
    }

    private static Message integers(String name, int... values) {
        Message tensor = new Message().number(1, values.length).number(2, INT64);
        for (int value : values) {
            tensor.number(7, value);
        }
        return tensor.string(8, name);
    }

    /** One input of any number of tokens. */
    private static Message tensor(String name, int type) {
        Message shape =
                new Message().message(1, new Message().number(1, 1)).message(1, new Message().string(2, "tokens"));
        return new Message()
                .string(1, name)
                .message(
                        2,
                        new Message().message(1, new Message().number(1, type).message(2, shape)));
    }

    /** A message of Protocol Buffers. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint(field << 3L);
            varint(value);
            return this;
        }

        Message string(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.out.toByteArray());
        }

        Message bytes(int field, byte[] value) {
            varint(field << 3L | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            for (; rest > 127; rest >>>= 7) {
                out.write((int) (rest & 127 | 128));
            }
            out.write((int) rest);
        }
    }
}
