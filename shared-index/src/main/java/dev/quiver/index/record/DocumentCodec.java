package dev.quiver.index.record;

import dev.quiver.index.memory.CorruptDataException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes in which a record's text and attributes lie in log entries and segments.
 *
 * <pre>
 * document   := hasText:u8 [ text:string ] attributes
 * attributes := count:varint ( name:string value )*
 * string     := length:varint utf8[length]
 * value      := 1 string | 2 zigzag varint (long) | 3 f64 little-endian | 4 (true) | 5 (false) | 6 count:varint value*
 * varint     := 7 bits a byte, low first, high bit set on all but the last
 * </pre>
 */
public final class DocumentCodec {
    private static final byte STRING = 1;
    private static final byte LONG = 2;
    private static final byte DOUBLE = 3;
    private static final byte TRUE = 4;
    private static final byte FALSE = 5;
    private static final byte LIST = 6;

    /** The stored fields of a record. {@code text} may be null. */
    public record Document(String text, Map<String, Object> attributes) {}

    private DocumentCodec() {}

    public static byte[] encode(String text, Map<String, Object> attributes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        out.write(text == null ? 0 : 1);
        if (text != null) {
            putString(out, text);
        }
        putAttributes(out, attributes);
        return out.toByteArray();
    }

    static int encodedAttributesLength(Map<String, Object> attributes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        putAttributes(out, attributes);
        return out.size();
    }

    /** @throws CorruptDataException if the bytes are not an encoded document */
    public static Document decode(byte[] bytes) {
        return decode(bytes, true);
    }

    /** Only these: texts are long. */
    public static Map<String, Object> attributes(byte[] bytes) {
        return decode(bytes, false).attributes;
    }

    private static Document decode(byte[] bytes, boolean withText) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            String text = null;
            if (in.get() != 0) {
                if (withText) {
                    text = getString(in);
                } else {
                    int length = getCount(in);
                    in.position(in.position() + length);
                }
            }
            int count = getCount(in);
            Map<String, Object> attributes = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                String name = getString(in);
                attributes.put(name, getValue(in, true));
            }
            if (in.hasRemaining()) {
                throw new CorruptDataException(in.remaining() + " bytes too many in a stored document");
            }
            return new Document(text, java.util.Collections.unmodifiableMap(attributes));
        } catch (java.nio.BufferUnderflowException e) {
            throw new CorruptDataException("A stored document ends too early", e);
        }
    }

    private static void putAttributes(ByteArrayOutputStream out, Map<String, Object> attributes) {
        putVarint(out, attributes.size());
        attributes.forEach((name, value) -> {
            putString(out, name);
            putValue(out, value);
        });
    }

    private static void putValue(ByteArrayOutputStream out, Object value) {
        switch (value) {
            case String s -> {
                out.write(STRING);
                putString(out, s);
            }
            case Long l -> {
                out.write(LONG);
                putVarint(out, (l << 1) ^ (l >> 63));
            }
            case Double d -> {
                out.write(DOUBLE);
                out.writeBytes(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putDouble(d)
                        .array());
            }
            case Boolean b -> out.write(b ? TRUE : FALSE);
            case List<?> list -> {
                out.write(LIST);
                putVarint(out, list.size());
                list.forEach(v -> putValue(out, v));
            }
            default -> throw new IllegalArgumentException("Not an attribute value: " + value.getClass());
        }
    }

    private static Object getValue(ByteBuffer in, boolean lists) {
        byte type = in.get();
        return switch (type) {
            case STRING -> getString(in);
            case LONG -> {
                long z = getVarint(in);
                yield (z >>> 1) ^ -(z & 1);
            }
            case DOUBLE -> in.getDouble();
            case TRUE -> true;
            case FALSE -> false;
            case LIST -> {
                if (!lists) {
                    throw new CorruptDataException("A list within a list in a stored document");
                }
                int count = getCount(in);
                List<Object> values = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    values.add(getValue(in, false));
                }
                yield java.util.Collections.unmodifiableList(values);
            }
            default -> throw new CorruptDataException("Unknown value type " + type + " in a stored document");
        };
    }

    private static void putString(ByteArrayOutputStream out, String s) {
        byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
        putVarint(out, utf8.length);
        out.writeBytes(utf8);
    }

    private static String getString(ByteBuffer in) {
        int length = getCount(in);
        String s = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return s;
    }

    /** A count of things that take at least a byte each, so a damaged one cannot ask for much memory. */
    private static int getCount(ByteBuffer in) {
        long count = getVarint(in);
        if (count < 0 || count > in.remaining()) {
            throw new CorruptDataException(
                    "A stored document counts " + count + " things in " + in.remaining() + " bytes");
        }
        return (int) count;
    }

    private static void putVarint(ByteArrayOutputStream out, long value) {
        long v = value;
        while ((v & ~0x7FL) != 0) {
            out.write((int) ((v & 0x7F) | 0x80));
            v >>>= 7;
        }
        out.write((int) v);
    }

    private static long getVarint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new CorruptDataException("A number in a stored document is too long");
    }
}
