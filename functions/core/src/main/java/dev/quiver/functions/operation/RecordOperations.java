package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.operation.Messages.AsOf;
import dev.quiver.functions.operation.Messages.DeleteRequest;
import dev.quiver.functions.operation.Messages.DeleteResponse;
import dev.quiver.functions.operation.Messages.FetchRequest;
import dev.quiver.functions.operation.Messages.FetchResponse;
import dev.quiver.functions.operation.Messages.Freshness;
import dev.quiver.functions.operation.Messages.Include;
import dev.quiver.functions.operation.Messages.ListRequest;
import dev.quiver.functions.operation.Messages.ListResponse;
import dev.quiver.functions.operation.Messages.RecordAnswer;
import dev.quiver.functions.operation.Messages.Truncated;
import dev.quiver.functions.operation.Messages.UpdateRequest;
import dev.quiver.functions.operation.Messages.UpdateResponse;
import dev.quiver.functions.operation.Messages.UpsertRecord;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.operation.Messages.UpsertResponse;
import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.TooManyRecordsException;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.InvalidFieldException;
import dev.quiver.index.record.Patch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Vectors;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code upsert}, {@code update}, {@code fetch}, {@code delete} and {@code list}. */
public final class RecordOperations {
    /** What {@code eventual} means: an answer from what this process saw at most so long ago. */
    private static final Duration EVENTUAL = Duration.ofSeconds(5);

    private static final int MAX_ERRORS = 20;
    private static final PageToken LIST = new PageToken("list", 1);

    private final Database database;
    private final EmbeddingModels models;
    private final CollectionOperations collections;
    private final Folding folding;

    public RecordOperations(
            Database database, EmbeddingModels models, CollectionOperations collections, Folding folding) {
        this.database = database;
        this.models = models;
        this.collections = collections;
        this.folding = folding;
    }

    public UpsertResponse upsert(UpsertRequest request) {
        Check.of(request)
                .given(request.collection(), "/collection")
                .size(request.records(), Limits.RECORDS, "/records")
                .done();
        Batch.Builder batch = withKey(request.idempotencyKey());
        Collection collection = collections.openOrCreate(
                request.collection(), request.create(), schema -> checkRecords(request.records(), schema));
        Schema schema = collection.schema();
        List<String> texts = new ArrayList<>();
        List<Integer> textRecords = new ArrayList<>();
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < request.records().size(); i++) {
            UpsertRecord r = request.records().get(i);
            vectors.add(r.vector());
            if (r.vector() == null) {
                texts.add(r.text());
                textRecords.add(i);
            }
        }
        List<Truncated> truncated = new ArrayList<>();
        if (!texts.isEmpty()) {
            TextEmbedder.Embedded embedded =
                    embedder(models, schema, collection, "/collection").embed(texts, TextEmbedder.Purpose.DOCUMENT);
            for (int i = 0; i < texts.size(); i++) {
                vectors.set(textRecords.get(i), embedded.vectors().get(i));
            }
            embedded.truncations()
                    .forEach(t -> truncated.add(new Truncated(textRecords.get(t.index()), t.tokens(), t.used())));
        }
        for (int i = 0; i < request.records().size(); i++) {
            UpsertRecord r = request.records().get(i);
            try {
                batch.upsert(new Record(r.id(), vectors.get(i), r.text(), r.attributes()), condition(r));
            } catch (IllegalArgumentException e) {
                throw ProblemException.at(Kind.INVALID_REQUEST, "/records/" + i, e.getMessage());
            }
        }
        Batch built = batch.build();
        long sequence = collection.apply(built);
        folding.afterWrite(collection);
        return new UpsertResponse(sequence, built.upserts().size(), built.superseded(), truncated);
    }

    private static Batch.Builder withKey(String idempotencyKey) {
        try {
            return Batch.builder().key(idempotencyKey);
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/idempotencyKey", e.getMessage());
        }
    }

    private static Condition condition(UpsertRecord r) {
        if (Boolean.TRUE.equals(r.ifAbsent())) {
            return new Condition.Absent();
        }
        return r.ifVersion() == null ? null : new Condition.Version(r.ifVersion());
    }

    /** Everything that is wrong with the records, before the costly part begins. */
    private static void checkRecords(List<UpsertRecord> records, Schema schema) {
        List<FieldError> errors = new ArrayList<>();
        Kind kind = Kind.INVALID_REQUEST;
        for (int i = 0; i < records.size() && errors.size() < MAX_ERRORS; i++) {
            UpsertRecord r = records.get(i);
            String at = "/records/" + i;
            if (r.id() == null) {
                errors.add(new FieldError(at + "/id", "Every record needs an id."));
                continue;
            }
            String part = "/id";
            try {
                Record.checkId(r.id());
                part = "/attributes";
                schema.declared().fit(new Record(r.id(), null, null, r.attributes()));
                part = "/text";
                new Record(r.id(), null, r.text(), Map.of());
                part = "/ifVersion";
                if (r.ifVersion() != null) {
                    new Condition.Version(r.ifVersion());
                    if (Boolean.TRUE.equals(r.ifAbsent())) {
                        errors.add(new FieldError(at, "Give ifAbsent or ifVersion, not both."));
                    }
                }
                part = "/vector";
                if (r.vector() != null) {
                    Vectors.check(r.vector(), schema.dimension(), schema.metric());
                } else if (r.text() == null || r.text().isBlank()) {
                    errors.add(new FieldError(at, "The record has neither a vector nor a text. Give one of them."));
                } else if (schema.model() == null) {
                    errors.add(new FieldError(
                            at,
                            "The collection has no embedding model, so the record needs a vector beside its text."));
                }
            } catch (InvalidFieldException e) {
                errors.add(new FieldError(at + "/attributes/" + FilterParser.escape(e.field()), e.getMessage()));
            } catch (InvalidVectorException e) {
                kind = errors.isEmpty() ? Problems.kind(e) : kind;
                errors.add(new FieldError(at + part, e.getMessage()));
            } catch (IllegalArgumentException e) {
                errors.add(new FieldError(at + part, e.getMessage()));
            }
        }
        if (!errors.isEmpty()) {
            throw ProblemException.at(kind, errors);
        }
    }

    /**
     * The collection's own model, with its own dimension.
     *
     * @param pointer what in the request needs a model
     */
    public static TextEmbedder embedder(EmbeddingModels models, Schema schema, Collection collection, String pointer) {
        if (schema.model() == null) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    pointer,
                    "The collection '" + collection.name() + "' has no embedding model: it takes vectors of "
                            + schema.dimension() + " components and no texts. Use a collection with a model.");
        }
        TextEmbedder embedder = models.get(schema.model(), "");
        if (embedder.dimension() != schema.dimension()) {
            throw new ProblemException(
                    Kind.MODEL_MISMATCH,
                    "The collection '" + collection.name() + "' holds vectors of " + schema.dimension()
                            + " of the model '" + schema.model() + "', which is configured with " + embedder.dimension()
                            + " dimensions here.");
        }
        return embedder;
    }

    public FetchResponse fetch(FetchRequest request) {
        Check.of(request)
                .given(request.collection(), "/collection")
                .size(request.ids(), Limits.IDS, "/ids")
                .elements(request.include(), "/include")
                .done();
        checkIds(request.ids());
        Consistency consistency = consistency(request.consistency(), request.asOf());
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        Collection.Fetched fetched = collection.fetch(request.ids(), consistency);
        Set<Include> include = include(request.include());
        Set<String> found = new HashSet<>();
        fetched.records().forEach(r -> found.add(r.id()));
        return new FetchResponse(
                answers(fetched, fetched.records().size(), include),
                request.ids().stream()
                        .filter(id -> !found.contains(id))
                        .distinct()
                        .toList(),
                fetched.sequence());
    }

    public DeleteResponse delete(DeleteRequest request) {
        Check check = Check.of(request).given(request.collection(), "/collection");
        if (request.filter() != null) {
            check.that(request.ids() == null, "/ids", "Give 'ids' or 'filter', not both.")
                    .that(
                            request.ifVersions() == null,
                            "/ifVersions",
                            "Versions go with 'ids'; a filter deletes what matches, whatever its version.")
                    .done();
            return deleteMatching(request);
        }
        check.size(request.ids(), Limits.IDS, "/ids").done();
        checkIds(request.ids());
        Map<String, Long> versions = versions(request.ifVersions(), request.ids());
        Batch.Builder batch = withKey(request.idempotencyKey());
        for (String id : Set.copyOf(request.ids())) {
            batch.delete(id, versions.containsKey(id) ? version(versions.get(id)) : null);
        }
        Consistency consistency = Consistency.fromNow();
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        Collection.Fetched existing = collection.fetch(request.ids(), consistency);
        if (existing.records().isEmpty() && versions.isEmpty() && request.idempotencyKey() == null) {
            return new DeleteResponse(0, existing.sequence());
        }
        long sequence = collection.apply(batch.build());
        folding.afterWrite(collection);
        return new DeleteResponse(existing.records().size(), sequence);
    }

    private DeleteResponse deleteMatching(DeleteRequest request) {
        withKey(request.idempotencyKey());
        FilterParser.parse(request.filter());
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        Filter filter =
                DeclaredFilters.parse(request.filter(), collection.schema().declared());
        Collection.Deleted deleted;
        try {
            deleted = collection.delete(filter, request.idempotencyKey());
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_FILTER, "/filter", e.getMessage());
        }
        folding.afterWrite(collection);
        return new DeleteResponse(Math.toIntExact(deleted.records()), deleted.sequence());
    }

    public UpdateResponse update(UpdateRequest request) {
        Check check = Check.of(request).given(request.collection(), "/collection");
        boolean parts = request.set() != null || request.unset() != null;
        check.that(
                        parts != (request.attributes() != null),
                        "",
                        "Give 'set' and 'unset', or one of them, to change some attributes, or 'attributes' to replace all of them.")
                .elements(request.unset(), "/unset");
        if (request.filter() == null) {
            check.size(request.ids(), Limits.IDS, "/ids");
        } else {
            check.that(request.ids() == null, "/ids", "Give 'ids' or 'filter', not both.")
                    .that(
                            request.ifVersions() == null,
                            "/ifVersions",
                            "Versions go with 'ids'; a filter changes what matches, whatever its version.");
        }
        check.done();
        withKey(request.idempotencyKey());
        Patch patch = patch(request);
        Collection.Updated updated;
        Collection collection;
        try {
            if (request.filter() != null) {
                FilterParser.parse(request.filter());
                collection = CollectionOperations.open(database, request.collection(), "/collection");
                Filter filter = DeclaredFilters.parse(
                        request.filter(), collection.schema().declared());
                updated = collection.update(filter, patch, request.idempotencyKey());
            } else {
                checkIds(request.ids());
                Map<String, Long> versions = versions(request.ifVersions(), request.ids());
                collection = CollectionOperations.open(database, request.collection(), "/collection");
                updated = collection.update(request.ids(), versions, patch, request.idempotencyKey());
            }
        } catch (TooManyRecordsException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/filter", e.getMessage());
        } catch (Patch.NotPossibleException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, changed(request), e.getMessage());
        } catch (InvalidFieldException e) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST, changed(request) + "/" + FilterParser.escape(e.field()), e.getMessage());
        }
        folding.afterWrite(collection);
        return new UpdateResponse(Math.toIntExact(updated.records()), updated.missing(), updated.sequence());
    }

    /** Where the attributes are that a record is to have. */
    private static String changed(UpdateRequest request) {
        return request.attributes() == null ? "/set" : "/attributes";
    }

    private static Patch patch(UpdateRequest request) {
        boolean isWhole = request.attributes() != null;
        Map<String, Object> set = isWhole ? request.attributes() : request.set();
        Patch patch;
        try {
            patch = new Patch(
                    set == null ? Map.of() : set,
                    request.unset() == null ? Set.of() : Set.copyOf(request.unset()),
                    isWhole);
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, isWhole ? "/attributes" : "/set", e.getMessage());
        }
        if (patch.isEmpty()) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST, "/set", "There is nothing to change. Set or unset an attribute.");
        }
        return patch;
    }

    /** @return what was asked for, if it is of these ids */
    private static Map<String, Long> versions(Map<String, Long> wanted, List<String> ids) {
        if (wanted == null) {
            return Map.of();
        }
        wanted.forEach((id, version) -> {
            if (!ids.contains(id)) {
                throw ProblemException.at(Kind.INVALID_REQUEST, "/ifVersions", "'" + id + "' is not among the ids.");
            }
            version(version);
        });
        return wanted;
    }

    private static Condition version(Long version) {
        try {
            return new Condition.Version(version == null ? 0 : version);
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/ifVersions", e.getMessage());
        }
    }

    public ListResponse list(ListRequest request) {
        Check.of(request)
                .given(request.collection(), "/collection")
                .range(request.limit(), 1, Limits.PAGE, "/limit")
                .elements(request.include(), "/include")
                .done();
        Consistency consistency = consistency(request.consistency(), request.asOf());
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        int limit = request.limit() == null ? 100 : request.limit();
        String after = request.nextToken() == null
                ? ""
                : LIST.read(request.nextToken(), request.collection()).getFirst();
        Collection.Fetched page =
                collection.list(request.prefix() == null ? "" : request.prefix(), after, limit + 1, consistency);
        int count = Math.min(limit, page.records().size());
        String next = page.records().size() > limit
                ? LIST.write(request.collection(), page.records().get(count - 1).id())
                : null;
        return new ListResponse(answers(page, count, include(request.include())), next, page.sequence());
    }

    private static void checkIds(List<String> ids) {
        for (int i = 0; i < ids.size(); i++) {
            try {
                Record.checkId(ids.get(i));
            } catch (IllegalArgumentException e) {
                throw ProblemException.at(Kind.INVALID_REQUEST, "/ids/" + i, e.getMessage());
            }
        }
    }

    static Consistency consistency(Freshness freshness, AsOf asOf) {
        if (asOf != null) {
            if (freshness != null) {
                throw ProblemException.at(Kind.INVALID_REQUEST, "/consistency", "Give consistency or asOf, not both.");
            }
            return asOf(asOf);
        }
        return freshness == Freshness.EVENTUAL ? new Consistency.Eventual(EVENTUAL) : Consistency.fromNow();
    }

    /** @throws ProblemException if it does not say exactly one thing */
    static Consistency.AsOf asOf(AsOf asOf) {
        if (asOf == null || (asOf.sequence() == null) == (asOf.time() == null)) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST, "/asOf", "Give exactly one of 'sequence' and 'time' in asOf.");
        }
        if (asOf.sequence() != null) {
            if (asOf.sequence() < 0) {
                throw ProblemException.at(Kind.INVALID_REQUEST, "/asOf/sequence", "Sequences count from 0.");
            }
            return new Consistency.AsOfSequence(asOf.sequence());
        }
        try {
            return new Consistency.AsOfTime(OffsetDateTime.parse(asOf.time()).toInstant());
        } catch (DateTimeParseException e) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/asOf/time",
                    "'" + asOf.time() + "' is not a time with its offset, such as 2026-11-23T10:15:30Z.");
        }
    }

    static Set<Include> include(List<Include> include) {
        if (include == null) {
            return EnumSet.of(Include.ATTRIBUTES, Include.TEXT);
        }
        EnumSet<Include> set = EnumSet.noneOf(Include.class);
        set.addAll(include);
        return set;
    }

    private static List<RecordAnswer> answers(Collection.Fetched fetched, int count, Set<Include> include) {
        List<RecordAnswer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(answer(fetched.records().get(i), fetched.versions().get(i), include));
        }
        return answers;
    }

    private static RecordAnswer answer(Record r, long version, Set<Include> include) {
        return new RecordAnswer(
                r.id(),
                version,
                include.contains(Include.VECTOR) ? r.vector() : null,
                include.contains(Include.TEXT) ? r.text() : null,
                include.contains(Include.ATTRIBUTES) ? r.attributes() : null);
    }
}
