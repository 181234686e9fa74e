package dev.quiver.cli;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.JulianFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * What the values of Parquet's types are here. A value is collected as it is stored (Boolean, Integer, Long, Float, Double, byte[], a List of these, or
 * of a struct a Map), and made an attribute when its row is complete, so that what is wrong with it can be told with the row.
 */
final class ParquetValues {
    private ParquetValues() {}

    static boolean isString(Type type) {
        return isOne(type) && isStringValue(type);
    }

    private static boolean isOne(Type type) {
        return !type.isRepetition(Type.Repetition.REPEATED);
    }

    private static boolean isStringValue(Type type) {
        return type.isPrimitive()
                && switch (type.getLogicalTypeAnnotation()) {
                    case StringLogicalTypeAnnotation _ -> true;
                    case EnumLogicalTypeAnnotation _ -> true;
                    case JsonLogicalTypeAnnotation _ -> true;
                    case null, default -> false;
                };
    }

    static boolean isId(Type type) {
        LogicalTypeAnnotation as = type.getLogicalTypeAnnotation();
        if (!isOne(type) || !type.isPrimitive()) {
            return false;
        }
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case INT32, INT64 -> as == null || as instanceof IntLogicalTypeAnnotation;
            case FIXED_LEN_BYTE_ARRAY -> as instanceof UUIDLogicalTypeAnnotation;
            default -> isStringValue(type);
        };
    }

    static boolean isVector(Type type) {
        return isList(type)
                && element(type.asGroupType()) instanceof PrimitiveType component
                && switch (component.getPrimitiveTypeName()) {
                    case FLOAT, DOUBLE -> true;
                    case FIXED_LEN_BYTE_ARRAY ->
                        component.getLogicalTypeAnnotation() instanceof Float16LogicalTypeAnnotation;
                    default -> false;
                };
    }

    static boolean isAttribute(Type type) {
        return isList(type) ? isScalar(element(type.asGroupType())) : isOne(type) && isScalar(type);
    }

    static boolean isStruct(Type type) {
        return !type.isPrimitive() && type.getLogicalTypeAnnotation() == null && isOne(type);
    }

    private static boolean isScalar(Type type) {
        if (!type.isPrimitive()) {
            return false;
        }
        LogicalTypeAnnotation as = type.getLogicalTypeAnnotation();
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE -> true;
            case BINARY -> isStringValue(type) || as instanceof DecimalLogicalTypeAnnotation;
            case FIXED_LEN_BYTE_ARRAY ->
                as instanceof UUIDLogicalTypeAnnotation
                        || as instanceof DecimalLogicalTypeAnnotation
                        || as instanceof Float16LogicalTypeAnnotation;
        };
    }

    private static boolean isList(Type type) {
        return type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
                && isOne(type)
                && type.asGroupType().getFieldCount() == 1
                && type.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED);
    }

    /** Of a list; older writers have no group around the element. */
    private static Type element(GroupType list) {
        Type repeated = list.getType(0);
        return hasGroupAroundElement(list) ? repeated.asGroupType().getType(0) : repeated;
    }

    private static boolean hasGroupAroundElement(GroupType list) {
        Type repeated = list.getType(0);
        return !repeated.isPrimitive()
                && repeated.asGroupType().getFieldCount() == 1
                && !repeated.getName().equals("array")
                && !repeated.getName().equals(list.getName() + "_tuple");
    }

    /** For people. */
    static String describe(Type type) {
        if (isVector(type)) {
            return "a list of floating-point numbers";
        } else if (isList(type)) {
            return "a list";
        } else if (isString(type)) {
            return "strings";
        } else if (isStruct(type)) {
            return "a struct";
        }
        LogicalTypeAnnotation as = type.getLogicalTypeAnnotation();
        return as != null
                ? as.toString()
                : type.isPrimitive()
                        ? type.asPrimitiveType().getPrimitiveTypeName().toString()
                        : "a group";
    }

    /** Collects values of this type, one of those asked for above. */
    static Converter collector(Type type, Consumer<Object> to) {
        if (type.isPrimitive()) {
            return new Scalar(to);
        }
        GroupType group = type.asGroupType();
        return isList(type) ? new ListOf(group, to) : new Struct(group, to);
    }

    /**
     * The attribute that a collected value is; null if there is none.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    static Object attribute(Type type, Object stored) {
        if (stored == null) {
            return null;
        }
        if (type.isPrimitive()) {
            return scalar(type.asPrimitiveType(), stored);
        }
        PrimitiveType element = element(type.asGroupType()).asPrimitiveType();
        List<Object> values = new ArrayList<>();
        for (Object v : (List<?>) stored) {
            if (v == null) {
                throw new IllegalArgumentException("The list has a null in it.");
            }
            values.add(scalar(element, v));
        }
        return values;
    }

    private static Object scalar(PrimitiveType type, Object stored) {
        LogicalTypeAnnotation as = type.getLogicalTypeAnnotation();
        return switch (stored) {
            case Integer i -> integer(as, i);
            case Long l -> integer(as, l);
            case byte[] b when type.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.INT96 -> int96(b);
            case byte[] b -> binary(as, b);
            default -> stored;
        };
    }

    private static Object integer(LogicalTypeAnnotation as, int i) {
        return as instanceof IntLogicalTypeAnnotation n && !n.isSigned()
                ? (Object) Integer.toUnsignedLong(i)
                : integer(as, (long) i);
    }

    private static Object integer(LogicalTypeAnnotation as, long l) {
        return switch (as) {
            case DateLogicalTypeAnnotation _ -> LocalDate.ofEpochDay(l).toString();
            case TimeLogicalTypeAnnotation t ->
                LocalTime.MIDNIGHT.plus(l, unit(t.getUnit())).toString();
            case TimestampLogicalTypeAnnotation t -> {
                Instant at = Instant.EPOCH.plus(l, unit(t.getUnit()));
                yield t.isAdjustedToUTC()
                        ? at.toString()
                        : LocalDateTime.ofInstant(at, ZoneOffset.UTC).toString();
            }
            case DecimalLogicalTypeAnnotation d -> number(BigDecimal.valueOf(l, d.getScale()));
            // Refused where attributes are checked.
            case IntLogicalTypeAnnotation n when !n.isSigned() && l < 0 -> new BigInteger(Long.toUnsignedString(l));
            case null, default -> l;
        };
    }

    private static Object binary(LogicalTypeAnnotation as, byte[] b) {
        return switch (as) {
            case UUIDLogicalTypeAnnotation _ -> {
                ByteBuffer halves = ByteBuffer.wrap(b);
                yield new UUID(halves.getLong(), halves.getLong()).toString();
            }
            case DecimalLogicalTypeAnnotation d -> number(new BigDecimal(new BigInteger(b), d.getScale()));
            case Float16LogicalTypeAnnotation _ -> float16(b);
            default -> string(b);
        };
    }

    /** @throws IllegalArgumentException if it is not UTF-8 */
    static String string(byte[] b) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(b))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The string is not UTF-8.", e);
        }
    }

    private static Object number(BigDecimal d) {
        try {
            return d.longValueExact();
        } catch (ArithmeticException e) {
            return d.doubleValue();
        }
    }

    private static String int96(byte[] b) {
        ByteBuffer parts = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
        long nanos = parts.getLong();
        return LocalDate.EPOCH
                .with(JulianFields.JULIAN_DAY, parts.getInt())
                .atStartOfDay()
                .plusNanos(nanos)
                .toInstant(ZoneOffset.UTC)
                .toString();
    }

    private static float float16(byte[] b) {
        return Float.float16ToFloat(
                ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN).getShort());
    }

    private static ChronoUnit unit(TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> ChronoUnit.MILLIS;
            case MICROS -> ChronoUnit.MICROS;
            case NANOS -> ChronoUnit.NANOS;
        };
    }

    private static final class Scalar extends PrimitiveConverter {
        private final Consumer<Object> to;

        Scalar(Consumer<Object> to) {
            this.to = to;
        }

        @Override
        public void addBinary(Binary value) {
            to.accept(value.getBytes());
        }

        @Override
        public void addBoolean(boolean value) {
            to.accept(value);
        }

        @Override
        public void addDouble(double value) {
            to.accept(value);
        }

        @Override
        public void addFloat(float value) {
            to.accept(value);
        }

        @Override
        public void addInt(int value) {
            to.accept(value);
        }

        @Override
        public void addLong(long value) {
            to.accept(value);
        }
    }

    private static final class ListOf extends GroupConverter {
        private final Converter repeated;
        private final Consumer<Object> to;
        private List<Object> values;

        ListOf(GroupType list, Consumer<Object> to) {
            this.to = to;
            this.repeated = hasGroupAroundElement(list)
                    ? new Around(new Scalar(v -> values.set(values.size() - 1, v)), () -> values.add(null))
                    : new Scalar(v -> values.add(v));
        }

        @Override
        public Converter getConverter(int field) {
            return repeated;
        }

        @Override
        public void start() {
            values = new ArrayList<>();
        }

        @Override
        public void end() {
            to.accept(values);
        }
    }

    /** The group around an element of a list: it is there also if the element is null. */
    private static final class Around extends GroupConverter {
        private final Converter element;
        private final Runnable begun;

        Around(Converter element, Runnable begun) {
            this.element = element;
            this.begun = begun;
        }

        @Override
        public Converter getConverter(int field) {
            return element;
        }

        @Override
        public void start() {
            begun.run();
        }

        @Override
        public void end() {}
    }

    private static final class Struct extends GroupConverter {
        private final Converter[] fields;
        private final Consumer<Object> to;
        private Map<String, Object> values;

        Struct(GroupType struct, Consumer<Object> to) {
            this.to = to;
            this.fields = struct.getFields().stream()
                    .map(f -> collector(f, v -> values.put(f.getName(), v)))
                    .toArray(Converter[]::new);
        }

        @Override
        public Converter getConverter(int field) {
            return fields[field];
        }

        @Override
        public void start() {
            values = new LinkedHashMap<>();
        }

        @Override
        public void end() {
            to.accept(values);
        }
    }

    /** Collects the components of a vector. */
    static final class Components extends GroupConverter {
        private final Converter repeated;
        private final Consumer<Object> to;
        private float[] values = new float[64];
        private int size;
        private int missing;

        Components(GroupType list, Consumer<Object> to) {
            this.to = to;
            boolean around = hasGroupAroundElement(list);
            Converter component = new PrimitiveConverter() {
                @Override
                public void addFloat(float value) {
                    if (!around) {
                        begin();
                    }
                    values[size - 1] = value;
                    missing--;
                }

                @Override
                public void addDouble(double value) {
                    addFloat((float) value);
                }

                @Override
                public void addBinary(Binary value) {
                    addFloat(float16(value.getBytes()));
                }
            };
            this.repeated = around ? new Around(component, this::begin) : component;
        }

        private void begin() {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            size++;
            missing++;
        }

        @Override
        public Converter getConverter(int field) {
            return repeated;
        }

        @Override
        public void start() {
            size = 0;
            missing = 0;
        }

        /** Hands over a float[], or something else if a component is null. */
        @Override
        public void end() {
            to.accept(missing > 0 ? List.of() : Arrays.copyOf(values, size));
        }
    }
}
