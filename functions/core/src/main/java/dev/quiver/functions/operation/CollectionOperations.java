package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.operation.Messages.CollectGarbageResponse;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CollectionResponse;
import dev.quiver.functions.operation.Messages.CompactResponse;
import dev.quiver.functions.operation.Messages.CreateCollectionRequest;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.Messages.DeleteCollectionResponse;
import dev.quiver.functions.operation.Messages.FieldDeclaration;
import dev.quiver.functions.operation.Messages.FieldTypeName;
import dev.quiver.functions.operation.Messages.ForkRequest;
import dev.quiver.functions.operation.Messages.ListCollectionsResponse;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.functions.operation.Messages.RestoreRequest;
import dev.quiver.functions.operation.Messages.UpdateCollectionRequest;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.Collection;
import dev.quiver.index.CollectionExistsException;
import dev.quiver.index.Compaction;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.FieldType;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** {@code collections/create}, {@code describe}, {@code update}, {@code fork}, {@code restore}, {@code list} and {@code delete}. */
public final class CollectionOperations {
    /** What was read for the same answer. */
    private static final Duration JUST_NOW = Duration.ofSeconds(5);

    private final Database database;
    private final EmbeddingModels models;

    public CollectionOperations(Database database, EmbeddingModels models) {
        this.database = database;
        this.models = models;
    }

    public CollectionResponse create(CreateCollectionRequest request) {
        Check.of(request).given(request.name(), "/name").done();
        checkName(request.name(), "/name");
        Schema schema = schema(
                new CreateSettings(
                        request.dimension(),
                        request.metric(),
                        request.model(),
                        request.text(),
                        request.fields(),
                        request.strict()),
                "");
        return describe(database.create(request.name(), schema));
    }

    public CollectionResponse describe(CollectionRequest request) {
        return describe(existing(request));
    }

    public ListCollectionsResponse list() {
        return new ListCollectionsResponse(database.names());
    }

    public DeleteCollectionResponse delete(CollectionRequest request) {
        Check.of(request).given(request.name(), "/name").done();
        checkName(request.name(), "/name");
        database.delete(request.name());
        return new DeleteCollectionResponse(request.name());
    }

    public CollectionResponse update(UpdateCollectionRequest request) {
        Check.of(request)
                .given(request.name(), "/name")
                .given(request.retention(), "/retention")
                .done();
        Duration retention;
        try {
            retention = Duration.parse(request.retention());
        } catch (DateTimeParseException e) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/retention",
                    "'" + request.retention() + "' is not a duration such as PT168H or P7D.");
        }
        Collection collection = open(database, request.name(), "/name");
        try {
            collection.retain(retention);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/retention", e.getMessage());
        }
        return describe(collection);
    }

    /** Folds the log, and merges segments where that is due. */
    public CompactResponse compact(CollectionRequest request) {
        Compaction.Report done = existing(request).compact();
        return new CompactResponse(done.swapped(), done.folded(), done.rowsWritten(), done.segments());
    }

    public CollectGarbageResponse collectGarbage(CollectionRequest request) {
        Compaction.Garbage deleted = existing(request).collectGarbage();
        return new CollectGarbageResponse(deleted.objects(), deleted.bytes());
    }

    public CollectionResponse fork(ForkRequest request) {
        Check.of(request)
                .given(request.name(), "/name")
                .given(request.as(), "/as")
                .done();
        checkName(request.name(), "/name");
        checkName(request.as(), "/as");
        Consistency.AsOf moment = request.asOf() == null ? null : RecordOperations.asOf(request.asOf());
        return describe(database.fork(request.name(), request.as(), moment));
    }

    public CollectionResponse restore(RestoreRequest request) {
        Check.of(request).given(request.name(), "/name").done();
        Consistency.AsOf moment = RecordOperations.asOf(request.asOf());
        Collection collection = open(database, request.name(), "/name");
        collection.restore(moment);
        return describe(collection);
    }

    private Collection existing(CollectionRequest request) {
        Check.of(request).given(request.name(), "/name").done();
        return open(database, request.name(), "/name");
    }

    /** @throws ProblemException if the name cannot be one */
    public static Collection open(Database database, String name, String pointer) {
        checkName(name, pointer);
        return database.collection(name);
    }

    private static void checkName(String name, String pointer) {
        try {
            Database.checkName(name);
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, pointer, e.getMessage());
        }
    }

    /**
     * The collection, created with the settings if it is not there. One that is there must have the settings that are given.
     *
     * @param create null: it must be there
     */
    public Collection openOrCreate(String name, CreateSettings create) {
        return openOrCreate(name, create, _ -> {});
    }

    /** @param first called with the schema before anything is created, so that a request which is wrong creates nothing */
    Collection openOrCreate(String name, CreateSettings create, Consumer<Schema> first) {
        checkName(name, "/collection");
        if (create != null && !database.exists(name)) {
            Schema schema = schema(create, "/create");
            first.accept(schema);
            try {
                return database.create(name, schema);
            } catch (CollectionExistsException e) {
                // Somebody else created it just now.
            }
        }
        Collection collection = database.collection(name);
        if (create != null) {
            requireSame(collection, create);
        }
        first.accept(collection.schema());
        return collection;
    }

    /** @throws ProblemException naming both, if the collection was made with other settings than those given */
    private void requireSame(Collection collection, CreateSettings given) {
        Schema schema = collection.schema();
        if (given.model() != null
                && !given.model().equals(schema.model())
                // A model in the store is recorded with its version.
                && !models.find(given.model())
                        .map(m -> m.model().equals(schema.model()))
                        .orElse(false)) {
            throw ProblemException.at(
                    Kind.MODEL_MISMATCH,
                    "/create/model",
                    "The collection '" + collection.name() + "' was made with "
                            + (schema.model() == null ? "no model" : "the model '" + schema.model() + "'")
                            + ", not with '" + given.model()
                            + "'. Their vectors cannot be compared: use another collection, or its own model.");
        }
        if (given.dimension() != null && given.dimension() != schema.dimension()) {
            throw ProblemException.at(
                    Kind.DIMENSION_MISMATCH,
                    "/create/dimension",
                    "The collection '" + collection.name() + "' holds vectors of " + schema.dimension() + ", not of "
                            + given.dimension() + ".");
        }
        boolean hasOthers = given.fields() != null && !given.fields().equals(fields(schema.declared()));
        if (hasOthers
                || (given.strict() != null
                        && given.strict() != schema.declared().isStrict())) {
            throw ProblemException.at(
                    Kind.MODEL_MISMATCH,
                    hasOthers ? "/create/fields" : "/create/strict",
                    "The collection '" + collection.name()
                            + "' was made with other declared fields, which collections/describe tells. Leave them out, or use another collection.");
        }
        if (given.metric() != null && metric(given.metric()) != schema.metric()) {
            throw ProblemException.at(
                    Kind.MODEL_MISMATCH,
                    "/create/metric",
                    "The collection '" + collection.name() + "' compares by " + name(schema.metric()) + ", not by "
                            + given.metric() + ".");
        }
        if (given.text() != null && !TextFields.of(given.text(), "/create/text").equals(schema.text())) {
            throw ProblemException.at(
                    Kind.MODEL_MISMATCH,
                    "/create/text",
                    "The collection '" + collection.name() + "' was made with other text fields: "
                            + TextFields.describe(schema.text())
                            + ". They cannot be changed: use another collection, or leave 'text' out.");
        }
    }

    private Schema schema(CreateSettings s, String pointer) {
        return vectors(s, pointer).declaring(declared(s, pointer));
    }

    private static DeclaredFields declared(CreateSettings s, String pointer) {
        Map<String, FieldType> types = new LinkedHashMap<>();
        Check check = Check.of(s);
        if (s.fields() != null) {
            s.fields().forEach((name, field) -> {
                boolean isGiven = field != null && field.type() != null;
                check.that(
                        isGiven,
                        pointer + "/fields/" + FilterParser.escape(name) + "/type",
                        "Give the field's type: string, number, boolean, date, strings, numbers or dates.");
                if (isGiven) {
                    types.put(name, FieldType.valueOf(field.type().name()));
                }
            });
        }
        check.done();
        try {
            return new DeclaredFields(types, Boolean.TRUE.equals(s.strict()));
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, pointer + "/fields", e.getMessage());
        }
    }

    private static Map<String, FieldDeclaration> fields(DeclaredFields declared) {
        Map<String, FieldDeclaration> fields = new LinkedHashMap<>();
        declared.types()
                .forEach((name, type) -> fields.put(name, new FieldDeclaration(FieldTypeName.valueOf(type.name()))));
        return fields.isEmpty() ? null : fields;
    }

    private static Map<String, List<FieldTypeName>> found(Collection collection) {
        Map<String, List<FieldTypeName>> found = new LinkedHashMap<>();
        collection
                .fields(new Consistency.Eventual(JUST_NOW))
                .forEach((name, types) -> found.put(
                        name,
                        types.stream()
                                .map(t -> FieldTypeName.valueOf(t.toUpperCase(Locale.ROOT)))
                                .toList()));
        return found;
    }

    private Schema vectors(CreateSettings s, String pointer) {
        Metric metric = s.metric() == null ? Metric.COSINE : metric(s.metric());
        List<TextField> text = TextFields.of(s.text(), pointer + "/text");
        if (s.model() == null && s.dimension() != null) {
            Check.of(s)
                    .range(s.dimension(), 1, Vectors.MAX_DIMENSION, pointer + "/dimension")
                    .done();
            return new Schema(s.dimension(), metric, null, text);
        }
        TextEmbedder embedder = models.get(s.model(), pointer + "/model");
        if (s.dimension() != null && s.dimension() != embedder.dimension()) {
            throw ProblemException.at(
                    Kind.DIMENSION_MISMATCH,
                    pointer + "/dimension",
                    "The model '" + embedder.model() + "' makes vectors of " + embedder.dimension() + ", not of "
                            + s.dimension() + ". Leave the dimension out.");
        }
        return new Schema(embedder.dimension(), metric, embedder.model(), text);
    }

    private CollectionResponse describe(Collection collection) {
        Collection.Statistics s = collection.statistics(Consistency.STRONG);
        return new CollectionResponse(
                collection.name(),
                s.schema().dimension(),
                name(s.schema().metric()),
                s.schema().model(),
                TextFields.settings(s.schema().text()),
                s.records(),
                s.segments(),
                s.segmentBytes(),
                s.logOperations(),
                s.sequence(),
                Instant.ofEpochMilli(s.createdAt()).toString(),
                s.retention().toString(),
                fields(s.schema().declared()),
                s.schema().declared().isStrict(),
                found(collection));
    }

    static MetricName name(Metric metric) {
        return switch (metric) {
            case COSINE -> MetricName.COSINE;
            case DOT -> MetricName.DOT;
            case EUCLIDEAN -> MetricName.EUCLIDEAN;
        };
    }

    private static Metric metric(MetricName name) {
        return switch (name) {
            case COSINE -> Metric.COSINE;
            case DOT -> Metric.DOT;
            case EUCLIDEAN -> Metric.EUCLIDEAN;
        };
    }
}
