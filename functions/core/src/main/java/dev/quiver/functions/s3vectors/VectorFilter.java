package dev.quiver.functions.s3vectors;

import dev.quiver.functions.operation.FilterParser;
import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.s3vectors.S3VectorsException.Field;
import dev.quiver.index.filter.Filter;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A metadata filter as S3 Vectors takes it, which is less than {@link FilterParser} does: what is refused there is refused here, so that what works here works there. An object is one condition (several are combined with
 * {@code $and}), a range compares with a number, and there is no {@code $not} and no {@code $contains}.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-metadata-filtering.html">Metadata filtering</a>
 */
final class VectorFilter {
    private static final String PATH = "filter";
    private static final int MAX_DEPTH = 32;
    private static final String OPERATORS =
            "$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $startsWith, $and, $or";

    private final Set<String> nonFilterable;

    private VectorFilter(Set<String> nonFilterable) {
        this.nonFilterable = nonFilterable;
    }

    /**
     * @param json null for no filter
     * @param nonFilterable keys that no filter may name
     * @throws S3VectorsException if the service would not take it
     */
    static Filter parse(Map<String, Object> json, Set<String> nonFilterable) {
        if (json == null) {
            return new Filter.All();
        }
        new VectorFilter(nonFilterable).condition(json, 1);
        try {
            return FilterParser.parse(json);
        } catch (ProblemException e) {
            FieldError first = e.problem().errors().getFirst();
            throw invalid(first.pointer() + ": " + first.detail());
        }
    }

    private void condition(Object json, int depth) {
        if (depth > MAX_DEPTH) {
            throw invalid("it is nested deeper than " + MAX_DEPTH + " levels. Flatten it.");
        }
        if (!(json instanceof Map<?, ?> object)) {
            throw invalid("a condition is an object such as {\"year\": {\"$gte\": 1990}}.");
        }
        if (object.size() != 1) {
            throw invalid("a condition has exactly one key, this one has " + object.size()
                    + ". Combine several with {\"$and\": [{…}, {…}]}.");
        }
        var only = object.entrySet().iterator().next();
        String name = (String) only.getKey();
        switch (name) {
            case "$and", "$or" -> {
                if (!(only.getValue() instanceof List<?> list) || list.isEmpty()) {
                    throw invalid(name + " takes an array of at least one condition.");
                }
                list.forEach(c -> condition(c, depth + 1));
            }
            default -> {
                if (name.startsWith("$")) {
                    throw unknown(name);
                }
                field(name, only.getValue());
            }
        }
    }

    private void field(String name, Object value) {
        if (nonFilterable.contains(name)) {
            throw S3VectorsException.invalid(
                    "Invalid use of non-filterable metadata in filter",
                    List.of(new Field(
                            PATH,
                            "'" + name
                                    + "' was made non-filterable when the index was created. Filter on another key")));
        }
        if (!(value instanceof Map<?, ?> operators)) {
            primitive("$eq", value);
            return;
        }
        if (operators.isEmpty()) {
            throw invalid("'" + name + "' has no operator. The operators are " + OPERATORS + ".");
        }
        operators.forEach((operator, operand) -> operator((String) operator, operand));
    }

    private static void operator(String operator, Object operand) {
        switch (operator) {
            case "$eq", "$ne" -> primitive(operator, operand);
            case "$gt", "$gte", "$lt", "$lte" -> {
                if (!(operand instanceof Number)) {
                    throw invalid(operator + " takes a number.");
                }
            }
            case "$in", "$nin" -> {
                if (!(operand instanceof List<?> list) || list.isEmpty()) {
                    throw invalid(operator + " takes an array of at least one string, number or boolean.");
                }
                list.forEach(v -> primitive(operator, v));
            }
            case "$exists" -> {
                if (!(operand instanceof Boolean)) {
                    throw invalid("$exists takes true or false.");
                }
            }
            case "$startsWith" -> {
                if (!(operand instanceof String)) {
                    throw invalid("$startsWith takes a string.");
                }
            }
            default -> throw unknown(operator);
        }
    }

    private static void primitive(String operator, Object value) {
        if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
            throw invalid(operator + " takes a string, a number or a boolean.");
        }
    }

    private static S3VectorsException unknown(String operator) {
        return invalid("there is no operator '" + operator + "' here. The operators are " + OPERATORS + ".");
    }

    private static S3VectorsException invalid(String why) {
        return S3VectorsException.invalid(PATH, "Invalid filter: " + why);
    }
}
