package dev.quiver.functions.operation;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The requests and answers of all operations. Their JSON is the same over HTTP and in a direct Lambda Invoke. */
public final class Messages {
    private Messages() {}

    /** What a record is answered with. */
    @Schema(
            type = SchemaType.STRING,
            enumeration = {"attributes", "text", "vector"})
    public enum Include {
        ATTRIBUTES,
        TEXT,
        VECTOR;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"query", "document"})
    public enum Purpose {
        QUERY,
        DOCUMENT;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"strong", "eventual"})
    public enum Freshness {
        STRONG,
        EVENTUAL;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"cosine", "dot", "euclidean"})
    public enum MetricName {
        COSINE,
        DOT,
        EUCLIDEAN;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"vector", "text", "hybrid"})
    public enum Mode {
        VECTOR,
        TEXT,
        HYBRID;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"any", "all"})
    public enum Matching {
        ANY,
        ALL;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"rrf", "weighted"})
    public enum FusionMethod {
        RRF,
        WEIGHTED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"cosine", "dot", "euclidean", "bm25", "rrf", "weighted"})
    public enum Scoring {
        COSINE,
        DOT,
        EUCLIDEAN,
        BM25,
        RRF,
        WEIGHTED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    // ---- embed

    @Schema(description = "Texts to make vectors of.")
    public record EmbedRequest(
            @Schema(
                    description = "The embedding model; the configured default if absent.",
                    examples = "all-minilm-l6-v2")
            String model,

            @Schema(description = "1 to 2,048 inputs.", required = true, minItems = 1, maxItems = Limits.INPUTS)
            List<EmbedInput> inputs,

            @Schema(
                    description = "What the vectors are for; some models treat the two differently.",
                    defaultValue = "document")
            Purpose purpose) {}

    @Schema(description = "One input.")
    public record EmbedInput(
            @Schema(description = "The text.", required = true, examples = "How do I roll back a deployment?")
            String text) {}

    @Schema(description = "One vector an input.")
    public record EmbedResponse(
            @Schema(description = "The model that made them.", required = true)
            String model,

            @Schema(description = "Components of each.", required = true, examples = "384")
            int dimension,

            @Schema(description = "The vectors, in the order of the inputs.", required = true)
            List<float[]> embeddings,

            @Schema(
                    description = "Inputs longer than the model's window; empty when all were seen whole.",
                    required = true)
            List<Truncated> truncated) {}

    @Schema(description = "An input of which the model has not seen all.")
    public record Truncated(
            @Schema(description = "Which input or record, from 0.", required = true)
            int index,

            @Schema(description = "Tokens it has.", required = true)
            int tokens,

            @Schema(description = "Tokens, from the start, that the vector stands for.", required = true)
            int used) {}

    // ---- collections

    @Schema(description = "A field whose words can be searched for.")
    public record TextFieldSettings(
            @Schema(
                    description =
                            "`text` for the text of the records, else an attribute: strings and lists of strings.",
                    required = true,
                    examples = "title")
            String name,

            @Schema(
                    description =
                            "What makes words of it: standard, simple, whitespace, keyword, or a language in English: english, german, french …",
                    defaultValue = "standard",
                    examples = "english")
            String analyzer,

            @Schema(
                    description = "What its scores are multiplied with, 0.001 to 1,000.",
                    defaultValue = "1",
                    minimum = "0.001",
                    maximum = "1000")
            Double weight) {}

    @Schema(description = "Which fields can be searched by their words.")
    public record TextSettings(
            @Schema(description = "At most 32; [] for none.", required = true, maxItems = 32)
            List<TextFieldSettings> fields) {}

    @Schema(
            description =
                    "A new collection. With a model, texts are embedded by it; with a dimension alone, callers bring their vectors.")
    public record CreateCollectionRequest(
            @Schema(
                    description = "1 to 63 lower-case letters, digits, '-' and '_'.",
                    required = true,
                    pattern = "^[a-z0-9][a-z0-9_-]{0,62}$",
                    examples = "docs")
            String name,

            @Schema(
                    description = "Components of every vector, 1 to 4,096; the model's if absent.",
                    minimum = "1",
                    maximum = "4096")
            Integer dimension,

            @Schema(description = "How vectors are compared.", defaultValue = "cosine")
            MetricName metric,

            @Schema(
                    description =
                            "The embedding model; the configured default if neither model nor dimension is given.")
            String model,

            @Schema(
                    description =
                            "Which fields can be searched by their words; the text of the records with the analyzer standard if absent.")
            TextSettings text,

            @Schema(
                    description =
                            "What attributes are, by name, at most 1,000: other values are refused, and dates compare as moments. Others may be anything unless `strict`.",
                    examples = "{\"published\": {\"type\": \"date\"}}")
            Map<String, FieldDeclaration> fields,

            @Schema(description = "Refuse attributes that are not declared.", defaultValue = "false")
            Boolean strict) {}

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"string", "number", "boolean", "date", "strings", "numbers", "dates"})
    public enum FieldTypeName {
        STRING,
        NUMBER,
        BOOLEAN,
        DATE,
        STRINGS,
        NUMBERS,
        DATES;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(description = "What an attribute is.")
    public record FieldDeclaration(
            @Schema(
                    description =
                            "Its type; with an s, a list. A date is a string of ISO 8601, kept in UTC to the millisecond.",
                    required = true)
            FieldTypeName type) {}

    @Schema(description = "Settings of a collection that is created if it does not exist.")
    public record CreateSettings(
            @Schema(description = "See collections/create.", minimum = "1", maximum = "4096")
            Integer dimension,

            @Schema(description = "See collections/create.", defaultValue = "cosine")
            MetricName metric,

            @Schema(description = "See collections/create.") String model,
            @Schema(description = "See collections/create.") TextSettings text,

            @Schema(description = "See collections/create.") Map<String, FieldDeclaration> fields,

            @Schema(description = "See collections/create.", defaultValue = "false")
            Boolean strict) {

        /** With the usual text fields, that declares no others. */
        public CreateSettings(Integer dimension, MetricName metric, String model) {
            this(dimension, metric, model, null, null, null);
        }
    }

    @Schema(description = "A collection by name.")
    public record CollectionRequest(
            @Schema(description = "Its name.", required = true, examples = "docs")
            String name) {}

    @Schema(description = "Settings and size of a collection.")
    public record CollectionResponse(
            @Schema(description = "Its name.", required = true)
            String name,

            @Schema(description = "Components of every vector.", required = true)
            int dimension,

            @Schema(description = "How vectors are compared.", required = true)
            MetricName metric,

            @Schema(description = "The embedding model; absent when callers bring their vectors.")
            String model,

            @Schema(description = "Which fields can be searched by their words.", required = true)
            TextSettings text,

            @Schema(description = "Records that can be found.", required = true)
            long records,

            @Schema(description = "Segments they lie in.", required = true)
            int segments,

            @Schema(description = "Bytes of the segments.", required = true)
            long segmentBytes,

            @Schema(
                    description = "Upserts and deletes in the log that are not folded into segments yet.",
                    required = true)
            long logOperations,

            @Schema(description = "The last commit.", required = true)
            long sequence,

            @Schema(description = "When it was created, ISO 8601.", required = true, examples = "2026-11-23T10:15:30Z")
            String createdAt,

            @Schema(
                    description = "For how long earlier states can be read, an ISO 8601 duration.",
                    required = true,
                    examples = "PT168H")
            String retention,

            @Schema(description = "What attributes are declared to be; absent if none is.")
            Map<String, FieldDeclaration> fields,

            @Schema(description = "Whether others are refused.", required = true)
            boolean strict,

            @Schema(
                    description =
                            "Attributes that the records have, and the types of their values, of lists those of their elements. In segments those of deleted records count along until they are merged; of fields that are not indexed the types are not known.",
                    required = true)
            Map<String, List<FieldTypeName>> foundFields) {}

    @Schema(description = "An earlier state. Give one of both.")
    public record AsOf(
            @Schema(description = "After the commit with this number; 0 is the empty collection.", minimum = "0")
            Long sequence,

            @Schema(description = "At this time of the store's clock, ISO 8601.", examples = "2026-11-23T10:15:30Z")
            String time) {}

    @Schema(description = "A collection goes back to an earlier state.")
    public record RestoreRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String name,

            @Schema(description = "The state, within the collection's retention.", required = true)
            AsOf asOf) {}

    @Schema(description = "What compaction did.")
    public record CompactResponse(
            @Schema(
                    description =
                            "Whether there is a new manifest; not if there was nothing to do, or another compaction was faster.",
                    required = true)
            boolean changed,

            @Schema(description = "Upserts and deletes that are in segments now.", required = true)
            long folded,

            @Schema(description = "Records in the segment that was written.", required = true)
            long recordsWritten,

            @Schema(description = "Segments there are now.", required = true)
            int segments) {}

    @Schema(description = "What garbage collection did.")
    public record CollectGarbageResponse(
            @Schema(description = "Objects that were deleted.", required = true)
            int objects,

            @Schema(description = "Their size.", required = true)
            long bytes) {}

    @Schema(description = "A new collection with what another one has, or had.")
    public record ForkRequest(
            @Schema(description = "The collection that is there.", required = true, examples = "docs")
            String name,

            @Schema(
                    description = "The name of the new one.",
                    required = true,
                    pattern = "^[a-z0-9][a-z0-9_-]{0,62}$",
                    examples = "docs-experiment")
            String as,

            @Schema(description = "An earlier state, within the retention; the newest if absent.")
            AsOf asOf) {}

    @Schema(description = "Settings that can be changed.")
    public record UpdateCollectionRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String name,

            @Schema(
                    description =
                            "For how long earlier states can be read from now on, an ISO 8601 duration, at most ten years. What they need is stored as long.",
                    required = true,
                    examples = "PT168H")
            String retention) {}

    @Schema(description = "Nothing to say.")
    public record ListCollectionsRequest() {}

    @Schema(description = "The collections.")
    public record ListCollectionsResponse(
            @Schema(description = "Their names, in order.", required = true)
            List<String> collections) {}

    @Schema(description = "The collection is gone.")
    public record DeleteCollectionResponse(
            @Schema(description = "The name that is free again.", required = true)
            String deleted) {}

    // ---- records

    @Schema(description = "Records to insert, or to replace where the id exists.")
    public record UpsertRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description =
                            "1 to 10,000 records, committed together or not at all. Of several with the same id the last wins.",
                    required = true,
                    minItems = 1,
                    maxItems = Limits.RECORDS)
            List<UpsertRecord> records,

            @Schema(
                    description =
                            "Create the collection with these settings if it does not exist; {} for the defaults.")
            CreateSettings create,

            @Schema(
                    description =
                            "A name for this request, new for every request that is not the same one sent again. Sent again with its key within 24 hours, a request is not applied a second time, and `sequence` is that of the first.",
                    minLength = 1,
                    maxLength = 255,
                    examples = "order-4711-import")
            String idempotencyKey) {

        /** Without a key. */
        public UpsertRequest(String collection, List<UpsertRecord> records, CreateSettings create) {
            this(collection, records, create, null);
        }
    }

    @Schema(description = "A record with a vector, or with a text that the collection's model embeds.")
    public record UpsertRecord(
            @Schema(description = "1 to 512 bytes of UTF-8.", required = true, examples = "faq-17")
            String id,

            @Schema(description = "Finite 32-bit floats, as many as the collection's dimension.")
            float[] vector,

            @Schema(
                    description = "Stored with the record; embedded if there is no vector.",
                    examples = "Roll back with `deploy --to previous`.")
            String text,

            @Schema(
                    description = "Strings, 64-bit numbers, booleans and lists of these; at most 40 KiB.",
                    examples = "{\"lang\": \"en\", \"year\": 2026}")
            Map<String, Object> attributes,

            @Schema(
                    description =
                            "Write only if there is no record with this id; else nothing of the request is written.")
            Boolean ifAbsent,

            @Schema(
                    description =
                            "Write only if the record has this version, which fetch and list tell; else nothing of the request is written.",
                    minimum = "1")
            Long ifVersion) {}

    @Schema(description = "The records are durable and every strong read that begins now sees them.")
    public record UpsertResponse(
            @Schema(description = "The number of this commit.", required = true)
            long sequence,

            @Schema(description = "Records stored.", required = true)
            int upserted,

            @Schema(description = "Records of the request that a later one with the same id replaced.", required = true)
            int superseded,

            @Schema(
                    description =
                            "Records whose text is longer than the model's window; their vector stands for its start.",
                    required = true)
            List<Truncated> truncated) {}

    @Schema(description = "Records by id.")
    public record FetchRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(description = "1 to 1,000 ids.", required = true, minItems = 1, maxItems = Limits.IDS)
            List<String> ids,

            @Schema(description = "What to answer; attributes and text if absent.")
            List<Include> include,

            @Schema(description = "How fresh the answer must be.", defaultValue = "strong")
            Freshness consistency,

            @Schema(description = "Read an earlier state, within the collection's retention, instead of the newest.")
            AsOf asOf) {}

    @Schema(description = "The records that exist.")
    public record FetchResponse(
            @Schema(description = "In the order of the ids.", required = true)
            List<RecordAnswer> records,

            @Schema(description = "Ids without a record.", required = true)
            List<String> missing,

            @Schema(description = "The last commit that this answer takes into account.", required = true)
            long sequence) {}

    @Schema(description = "A stored record.")
    public record RecordAnswer(
            @Schema(description = "Its id.", required = true)
            String id,

            @Schema(
                    description =
                            "The commit that wrote it, for `ifVersion`; 0 if it was written by a Quiver that did not keep this.",
                    required = true)
            long version,

            @Schema(description = "Its vector, as stored.") float[] vector,
            @Schema(description = "Its text.") String text,
            @Schema(description = "Its attributes.") Map<String, Object> attributes) {}

    @Schema(description = "Records to delete. Give either ids or a filter.")
    public record DeleteRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description = "1 to 1,000 ids, deleted together or not at all. Ids without a record are no error.",
                    minItems = 1,
                    maxItems = Limits.IDS)
            List<String> ids,

            @Schema(
                    description =
                            "Delete all records whose attributes match, see query; {} is all records. In one commit, of at most 1,000,000 records.",
                    examples = "{\"source\": \"guide.md\"}")
            Map<String, Object> filter,

            @Schema(
                    description =
                            "Versions that some of the ids must have, by id; if one has another, nothing is deleted.",
                    examples = "{\"faq-17\": 4}")
            Map<String, Long> ifVersions,

            @Schema(
                    description =
                            "A name for this request, new for every request that is not the same one sent again. Sent again with its key within 24 hours, a request is not applied a second time, and `sequence` is that of the first.",
                    minLength = 1,
                    maxLength = 255,
                    examples = "order-4711-import")
            String idempotencyKey) {

        /** By id. */
        public DeleteRequest(String collection, List<String> ids, Map<String, Long> ifVersions, String idempotencyKey) {
            this(collection, ids, null, ifVersions, idempotencyKey);
        }
    }

    @Schema(description = "The records are gone.")
    public record DeleteResponse(
            @Schema(
                    description =
                            "How many of the ids had a record, or how many records matched the filter; with a filter, 0 if the request was applied before under its key.",
                    required = true)
            int deleted,

            @Schema(
                    description = "The number of this commit, or of the last one if there was nothing to delete.",
                    required = true)
            long sequence) {}

    @Schema(
            description =
                    "Attributes to change; ids, vectors and texts stay. Give either ids or a filter, and either `set` and `unset` or `attributes`.")
    public record UpdateRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description = "1 to 1,000 ids, changed together or not at all.",
                    minItems = 1,
                    maxItems = Limits.IDS)
            List<String> ids,

            @Schema(
                    description =
                            "Change all records whose attributes match, see query; {} is all records. In one commit, of at most 10,000 records and 64 MiB.",
                    examples = "{\"source\": \"guide.md\"}")
            Map<String, Object> filter,

            @Schema(
                    description = "Attributes to add, or to replace where a record has them; the others stay.",
                    examples = "{\"reviewed\": true}")
            Map<String, Object> set,

            @Schema(
                    description = "Names of attributes to take away. What a record does not have is no error.",
                    examples = "[\"draft\"]")
            List<String> unset,

            @Schema(description = "All attributes that a record is to have, in place of those it has.")
            Map<String, Object> attributes,

            @Schema(
                    description =
                            "Versions that some of the ids must have, by id; if one has another, or no record, nothing is changed.",
                    examples = "{\"faq-17\": 4}")
            Map<String, Long> ifVersions,

            @Schema(
                    description =
                            "A name for this request, new for every request that is not the same one sent again. Sent again with its key within 24 hours, a request is not applied a second time, and `sequence` is that of the first.",
                    minLength = 1,
                    maxLength = 255,
                    examples = "order-4711-import")
            String idempotencyKey) {}

    @Schema(description = "The attributes are changed, durably, and every strong read that begins now sees it.")
    public record UpdateResponse(
            @Schema(
                    description = "Records that were changed; 0 if the request was applied before under its key.",
                    required = true)
            int updated,

            @Schema(description = "Ids without a record; empty if the request was applied before.", required = true)
            List<String> missing,

            @Schema(
                    description =
                            "The number of this commit, which is the records' version now; or of the last one if there was nothing to change.",
                    required = true)
            long sequence) {}

    @Schema(description = "Records in the order of their ids.")
    public record ListRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(description = "Only ids that start with this.")
            String prefix,

            @Schema(description = "At most so many, 1 to 1,000.", defaultValue = "100", minimum = "1", maximum = "1000")
            Integer limit,

            @Schema(description = "From the page before.") String nextToken,

            @Schema(description = "What to answer; attributes and text if absent.")
            List<Include> include,

            @Schema(description = "How fresh the answer must be.", defaultValue = "strong")
            Freshness consistency,

            @Schema(description = "Read an earlier state, within the collection's retention, instead of the newest.")
            AsOf asOf) {}

    @Schema(description = "A page of records.")
    public record ListResponse(
            @Schema(description = "In the order of their ids' bytes.", required = true)
            List<RecordAnswer> records,

            @Schema(description = "Give it to the next request; absent on the last page.")
            String nextToken,

            @Schema(description = "The last commit that this answer takes into account.", required = true)
            long sequence) {}

    // ---- query

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"average", "best-score"})
    public enum Strategy {
        AVERAGE,
        BEST_SCORE;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    @Schema(description = "Something to be near to, or far from. Give exactly one of id and vector.")
    public record Example(
            @Schema(description = "A record, which is left out of the answer.", examples = "faq-17")
            String id,

            @Schema(description = "A vector.") float[] vector,

            @Schema(
                    description = "How much it counts beside the others, above 0; for the strategy average.",
                    defaultValue = "1")
            Double weight) {}

    @Schema(description = "How many hits may have the same value of a field.")
    public record Grouping(
            @Schema(
                    description =
                            "An attribute. Records without it are each on their own; a list is compared as a whole.",
                    required = true,
                    examples = "document")
            String field,

            @Schema(description = "Hits of each value, 1 to 100.", defaultValue = "1", minimum = "1", maximum = "100")
            Integer size) {}

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"exp", "gauss", "linear"})
    public enum DecayName {
        EXP,
        GAUSS,
        LINEAR;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(
            description =
                    "What adds to the score of a hit: a value between 0 and 1, times the weight. Either the nearness of a number or date to an origin, or whether a filter matches.")
    public record Boost(
            @Schema(
                    description =
                            "An attribute: a number, or a date as an ISO 8601 string or epoch number (seconds or milliseconds). Records without it get nothing; of a list the nearest value counts.",
                    examples = "published")
            String field,

            @Schema(description = "How the value goes down with the distance from the origin, as in Elasticsearch.")
            DecayName decay,

            @Schema(
                    description = "Where the value is 1: a number, or a date. A date is now if this is absent.",
                    examples = "2026-11-23T10:15:30Z")
            Object origin,

            @Schema(
                    description =
                            "The distance beyond the offset at which the value is `midpoint`: a number, or, for dates, an ISO 8601 duration.",
                    examples = "P30D")
            Object scale,

            @Schema(
                    description = "Up to this distance the value is 1: a number, or a duration as the scale.",
                    examples = "P1D")
            Object offset,

            @Schema(description = "The value at the scale, between 0 and 1.", defaultValue = "0.5")
            Double midpoint,

            @Schema(description = "1 for records that match, 0 for others.", examples = "{\"pinned\": true}")
            Map<String, Object> filter,

            @Schema(
                    description = "What the value is multiplied by; negative to put down what matches.",
                    defaultValue = "1")
            Double weight) {}

    @Schema(
            description =
                    "Have the best records scored anew by a model that reads query and text together, and ordered by that.")
    public record Rerank(
            @Schema(
                    description = "A reranker that the server is configured with; its default one if absent.",
                    examples = "my-cross-encoder")
            String model,

            @Schema(
                    description =
                            "What to rerank by, at most 8,000 characters; the text of the query, or the question, if absent.",
                    maxLength = Limits.QUESTION_CHARACTERS)
            String query,

            @Schema(
                    description =
                            "So many records are scored anew, 1 to 200; others, and those without the text, follow in the order of the search.",
                    defaultValue = "50",
                    minimum = "1",
                    maximum = "200")
            Integer depth,

            @Schema(description = "The attribute with the text that is read; the record's text if absent.")
            String field) {}

    @Schema(description = "How the vector search and the word search of a hybrid query become one.")
    public record FusionSettings(
            @Schema(
                    description =
                            "weighted: the weighted sum of both scores, each stretched to 0 … 1 over the candidates. rrf: reciprocal rank fusion, by the places in both lists alone.",
                    defaultValue = "weighted")
            FusionMethod method,

            @Schema(
                    description = "Of rrf: the larger, the less it matters to be first.",
                    defaultValue = "60",
                    minimum = "0",
                    maximum = "1000")
            Integer k,

            @Schema(
                    description = "How much the vectors count, 0 to 1; the words count what is left.",
                    defaultValue = "0.5",
                    minimum = "0",
                    maximum = "1")
            Double vectorWeight,

            @Schema(
                    description = "Candidates of each search, 1 to 1,000; 100 if absent, or topK if that is more.",
                    minimum = "1",
                    maximum = "1000")
            Integer depth) {}

    @Schema(
            description =
                    "A search. Give exactly one of vector, text, id and positive; in mode text only text, in mode hybrid text and perhaps vector.")
    public record QueryRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(description = "Search near this vector.")
            float[] vector,

            @Schema(
                    description = "Search near this text, embedded by the collection's model.",
                    examples = "how do I roll back?")
            String text,

            @Schema(description = "Search near this record, which is left out of the answer.")
            String id,

            @Schema(description = "Recommend: search near these examples, at most 100.", maxItems = Limits.EXAMPLES)
            List<Example> positive,

            @Schema(description = "And away from these, at most 100.", maxItems = Limits.EXAMPLES)
            List<Example> negative,

            @Schema(
                    description =
                            "How examples are put together. average: near the mean of the positive ones, moved away from the mean of the negative ones. best-score: near any of the positive ones; what is nearer to a negative one is left out.",
                    defaultValue = "average")
            Strategy strategy,

            @Schema(
                    description = "At most so many hits, 1 to 1,000.",
                    defaultValue = "10",
                    minimum = "1",
                    maximum = "1000")
            Integer topK,

            @Schema(
                    description =
                            "Only records whose attributes match. Operators: $eq $ne $gt $gte $lt $lte $in $nin $exists $startsWith $contains $and $or $not.",
                    examples = "{\"year\": {\"$gte\": 2020}}")
            Map<String, Object> filter,

            @Schema(description = "What to answer of each hit; attributes and text if absent.")
            List<Include> include,

            @Schema(description = "Leave out hits with a lower score; under euclidean, with a greater distance.")
            Double minScore,

            @Schema(
                    description =
                            "0 to 1: how much hits should differ from one another, against how near they are (maximal marginal relevance).",
                    defaultValue = "0",
                    minimum = "0",
                    maximum = "1")
            Double diversity,

            @Schema(description = "Not too many hits of the same kind, such as passages of one document.")
            Grouping groupBy,

            @Schema(description = "How fresh the answer must be.", defaultValue = "strong")
            Freshness consistency,

            @Schema(
                    description =
                            "The share of the true nearest that is to be found on average, 0.5 to 1; a lower one reads less. At 1 every vector is read. Small collections are always searched exactly.",
                    defaultValue = "0.95",
                    minimum = "0.5",
                    maximum = "1")
            Double accuracy,

            @Schema(
                    description = "For experts: clusters to read in each segment, instead of what accuracy asks for.",
                    minimum = "1",
                    maximum = "1000000")
            Integer probes,

            @Schema(
                    description =
                            "For experts: rows of each segment to score anew after their codes were read, at least topK.",
                    minimum = "1",
                    maximum = "1000000")
            Integer rescore,

            @Schema(description = "Read an earlier state, within the collection's retention, instead of the newest.")
            AsOf asOf,

            @Schema(
                    description =
                            "vector: what is near. text: what has the words of text (BM25). hybrid: both; beside text a vector may be given, else text is embedded.",
                    defaultValue = "vector")
            Mode mode,

            @Schema(
                    description =
                            "In mode text and hybrid: the text fields to search in and their weights, instead of all as the collection weighs them.",
                    examples = "{\"text\": 1, \"title\": 3}")
            Map<String, Double> fields,

            @Schema(
                    description =
                            "In mode text and hybrid: whether any or all of the words, phrases in quotes and beginnings (auto*) must be there.",
                    defaultValue = "any")
            Matching matching,

            @Schema(description = "In mode hybrid.") FusionSettings fusion,

            @Schema(
                    description =
                            "From the page before, with the same fields as there; topK, include, consistency and explain may differ. The page is of the state that the first one has seen.")
            String nextToken,

            @Schema(description = "Answer also how the search was done.", defaultValue = "false")
            Boolean explain,

            @Schema(
                    description =
                            "Order the best hits by attributes, too, at most 10: by `boostedScore`, which is the nearness plus what the boosts add.",
                    maxItems = Limits.BOOSTS)
            List<Boost> boost,

            @Schema(
                    description =
                            "So many hits of the search are put in the order of the boosts, at least topK; ten times topK and at least 100 if absent.",
                    minimum = "1",
                    maximum = "10000")
            Integer boostDepth,

            @Schema(description = "Order the best hits by a model's judgement, their `rerankScore`.")
            Rerank rerank) {

        /**
         * Near a text.
         *
         * @param mode or null
         * @param rerank or null
         */
        public static QueryRequest near(
                String collection,
                String text,
                Integer topK,
                Map<String, Object> filter,
                Double accuracy,
                Mode mode,
                Rerank rerank) {
            return new QueryRequest(
                    collection,
                    null,
                    text,
                    null,
                    null,
                    null,
                    null,
                    topK,
                    filter,
                    null,
                    null,
                    null,
                    null,
                    null,
                    accuracy,
                    null,
                    null,
                    null,
                    mode,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    rerank);
        }
    }

    @Schema(description = "The nearest records.")
    public record QueryResponse(
            @Schema(description = "Best first.", required = true)
            List<Hit> hits,

            @Schema(
                    description =
                            "What the score is. In mode vector the collection's metric: cosine, dot, or euclidean, which is a distance. In mode text bm25. In mode hybrid the method of the fusion: weighted or rrf.",
                    required = true)
            Scoring scoring,

            @Schema(
                    description =
                            "In mode vector: the collection's metric, which the score is. Absent in mode text and hybrid, whose score is none.")
            MetricName metric,

            @Schema(
                    description = "True if a higher score is better; only of distances a lower one is.",
                    required = true)
            boolean higherIsNearer,

            @Schema(description = "True if fewer than topK records match; there are no more.", required = true)
            boolean exhausted,

            @Schema(description = "The last commit that this answer takes into account.", required = true)
            long sequence,

            @Schema(
                    description =
                            "Give it to the next request for the hits that follow, to a depth of 10,000, in mode hybrid through the candidates of the fusion; absent if there are none, and with diversity, boosts and rerank.")
            String nextToken,

            @Schema(description = "Milliseconds by stage.", required = true)
            Took took,

            @Schema(description = "Present if the text is longer than the model's window.")
            Truncated truncated,

            @Schema(description = "How the search was done, if that was asked for.")
            Explanation explanation) {}

    @Schema(description = "How a query was done.")
    public record Explanation(
            @Schema(
                    description =
                            "One after the other: for each of several examples, and again for more hits where groups or examples have taken too many away.",
                    required = true)
            List<ExplainedSearch> searches,

            @Schema(
                    description =
                            "Requests to the store while the query ran; those of other requests that ran at the same time in this process count along.",
                    required = true)
            long storeRequests,

            @Schema(
                    description = "Bytes that were read from the store meanwhile; what is mapped is not read.",
                    required = true)
            long bytesRead,

            @Schema(description = "In mode text and hybrid: what was searched for, and what it weighs.")
            ExplainedWords words,

            @Schema(description = "In mode hybrid: how two scores became one.")
            ExplainedFusion fusion) {}

    @Schema(
            description =
                    "What the scores of words are made of: the sum over terms of weight · idf · f / (f + 1.2 · (0.25 + 0.75 · length / averageLength)).")
    public record ExplainedWords(
            @Schema(description = "Where words were searched for.", required = true)
            List<ExplainedField> fields,

            @Schema(description = "What was searched for, once for each field.", required = true)
            List<ExplainedTerm> terms) {}

    @Schema(description = "A text field.")
    public record ExplainedField(
            @Schema(description = "Its name.", required = true, examples = "text")
            String field,

            @Schema(description = "Its analyzer.", required = true, examples = "english")
            String analyzer,

            @Schema(
                    description = "Records that have a word in it, with deleted ones until compaction.",
                    required = true)
            long documents,

            @Schema(description = "Words that such a record has in it, on average.", required = true)
            double averageLength) {}

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"word", "phrase", "prefix"})
    public enum TermKind {
        WORD,
        PHRASE,
        PREFIX;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(description = "A word, phrase or beginning in one field.")
    public record ExplainedTerm(
            @Schema(
                    description =
                            "The word as the analyzer makes it, a phrase in quotes, or a beginning with an asterisk.",
                    required = true,
                    examples = "releas")
            String term,

            @Schema(description = "The text field.", required = true, examples = "text")
            String field,

            @Schema(description = "What it is.", required = true)
            TermKind kind,

            @Schema(description = "Weight of the field, times how often the query has the term.", required = true)
            double weight,

            @Schema(
                    description =
                            "Records that have it in this field; of a beginning those of its words together. Absent for a phrase, whose words count one by one.")
            Long documentFrequency,

            @Schema(
                    description =
                            "ln(1 + (documents − n + ½) / (n + ½)) of n records; of a phrase the sum of its words'.",
                    required = true)
            double idf,

            @Schema(description = "Of a phrase or beginning: the words it stands for.")
            List<WordFrequency> words) {}

    @Schema(description = "A word and how many records have it.")
    public record WordFrequency(
            @Schema(description = "The word.", required = true)
            String word,

            @Schema(description = "Records that have it in this field.", required = true)
            long documentFrequency) {}

    @Schema(description = "How the scores of two searches became one.")
    public record ExplainedFusion(
            @Schema(description = "The method.", required = true)
            FusionMethod method,

            @Schema(description = "Of rrf.") Integer k,

            @Schema(description = "How much the vectors counted.", required = true)
            double vectorWeight,

            @Schema(description = "Records of each search that were looked at.", required = true)
            int depth,

            @Schema(description = "Of weighted: what was stretched to 0 … 1 of the scores of vectors.")
            ScoreRange vector,

            @Schema(description = "Of weighted: what was stretched to 0 … 1 of the scores of words.")
            ScoreRange text) {}

    @Schema(description = "Scores among the records that were looked at.")
    public record ScoreRange(
            @Schema(description = "Becomes 0.", required = true)
            double worst,

            @Schema(description = "Becomes 1.", required = true)
            double best) {}

    @Schema(description = "What the score of a hit is made of.")
    public record ExplainedHit(
            @Schema(
                    description =
                            "What each term adds to the score of the words, which is their sum; in mode hybrid that is scores.text.",
                    required = true)
            List<TermScore> terms,

            @Schema(description = "In mode hybrid: what the vectors add to the score.")
            ExplainedShare vector,

            @Schema(description = "In mode hybrid: what the words add to the score.")
            ExplainedShare text) {}

    @Schema(description = "A term that a record has.")
    public record TermScore(
            @Schema(description = "As in the explanation of the query.", required = true, examples = "releas")
            String term,

            @Schema(description = "The text field.", required = true, examples = "text")
            String field,

            @Schema(description = "How often the record has the term in this field.", required = true)
            int frequency,

            @Schema(description = "Words that the record has in this field.", required = true)
            int length,

            @Schema(description = "What that adds to the score.", required = true)
            double score) {}

    @Schema(description = "What one of two searches adds to a score.")
    public record ExplainedShare(
            @Schema(description = "The place in the answer of this search, from 1; absent if it is beyond the depth.")
            Integer rank,

            @Schema(description = "What that adds to the score; both shares are the score.", required = true)
            double share) {}

    @Schema(description = "One search of the index.")
    public record ExplainedSearch(
            @Schema(description = "Hits that were asked for.", required = true)
            int topK,

            @Schema(description = "What was done in each segment, and in the log.", required = true)
            List<ExplainedPart> parts,

            @Schema(description = "Rows whose full vector was read, in all parts.", required = true)
            long rowsScored,

            @Schema(description = "Milliseconds, without bringing the view up to date.", required = true)
            double millis) {}

    @Schema(
            type = SchemaType.STRING,
            enumeration = {"exact", "clusters", "documents", "log", "postings", "analyzed"})
    public enum PlanName {
        EXACT,
        CLUSTERS,
        DOCUMENTS,
        LOG,
        POSTINGS,
        ANALYZED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @Schema(description = "What was done in a segment, or in the log.")
    public record ExplainedPart(
            @Schema(description = "The segment's name; absent for the log.")
            String segment,

            @Schema(
                    description =
                            "exact: all rows that match were looked at, and those scored that their codes did not rule out. clusters: the rows of the nearest clusters were estimated by their codes, the best of them scored. documents: the columns cannot answer the filter, so it was asked of each row that would enter. log: the rows that are not in a segment yet, all scored. In mode text and hybrid also, for the words, postings: they were looked up in the segment; analyzed: the segment was written without these text fields, so its texts were analyzed for this search, until it is compacted; and once more log.",
                    required = true)
            PlanName plan,

            @Schema(description = "Rows there are; in the log, those that are not replaced.", required = true)
            long rows,

            @Schema(
                    description =
                            "Rows that the filter leaves, without one those that are live; absent where that is not known.")
            Integer matching,

            @Schema(description = "Clusters that the segment has; absent if it is too small for them.")
            Integer clusters,

            @Schema(description = "Of clusters: how many were read.")
            Integer probes,

            @Schema(description = "Of clusters: rows to score anew after their codes were read.")
            Integer candidates,

            @Schema(description = "Rows whose full vector was read.", required = true)
            long rowsScored,

            @Schema(description = "Whether the segment was in memory whole when the search began; absent for the log.")
            Boolean resident) {}

    // ---- count, outliers, duplicates

    @Schema(description = "How many records match, and which values they have.")
    public record CountRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description = "Only records whose attributes match, as in query.",
                    examples = "{\"year\": {\"$gte\": 2020}}")
            Map<String, Object> filter,

            @Schema(
                    description = "Attributes whose values are to be counted, at most 20.",
                    maxItems = Limits.FACETS,
                    examples = "[\"lang\"]")
            List<String> facets,

            @Schema(
                    description = "Values of each, the most frequent ones, 1 to 1,000.",
                    defaultValue = "10",
                    minimum = "1",
                    maximum = "1000")
            Integer facetLimit,

            @Schema(description = "How fresh the answer must be.", defaultValue = "strong")
            Freshness consistency,

            @Schema(description = "Read an earlier state, within the collection's retention, instead of the newest.")
            AsOf asOf) {}

    @Schema(description = "A value and how many records have it.")
    public record FacetValue(
            @Schema(description = "A string, a number, true or false.", required = true)
            Object value,

            @Schema(
                    description = "Records with it; one whose attribute is a list has each of its values.",
                    required = true)
            long count) {}

    @Schema(description = "Counts.")
    public record CountResponse(
            @Schema(description = "Records that match.", required = true)
            long count,

            @Schema(description = "By attribute, most frequent first.", required = true)
            Map<String, List<FacetValue>> facets,

            @Schema(description = "The last commit that this takes into account.", required = true)
            long sequence) {}

    @Schema(
            description =
                    "How far records, or vectors, lie from their nearest neighbours. With ids or vectors these are scored; without, the collection is gone through, page by page, and those beyond the threshold are answered.")
    public record OutliersRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(description = "Score these records, at most 1,000.", maxItems = Limits.IDS)
            List<String> ids,

            @Schema(
                    description = "Score these vectors, which need not be in the collection; at most 1,000.",
                    maxItems = Limits.IDS)
            List<float[]> vectors,

            @Schema(
                    description = "Neighbours whose mean distance is the score, 1 to 100.",
                    defaultValue = "10",
                    minimum = "1",
                    maximum = "100")
            Integer neighbours,

            @Schema(
                    description =
                            "The share of the collection's own records that is taken for normal: the threshold is this quantile of the scores of 500 records chosen at random.",
                    defaultValue = "0.99",
                    minimum = "0.5",
                    maximum = "0.9999")
            Double quantile,

            @Schema(description = "A threshold, instead of a calibrated one.")
            Double threshold,

            @Schema(
                    description = "Going through: at most so many outliers a page, 1 to 1,000.",
                    defaultValue = "100",
                    minimum = "1",
                    maximum = "1000")
            Integer limit,

            @Schema(description = "Going through: from the page before, with the same fields as there.")
            String nextToken) {}

    @Schema(description = "How far something lies from its neighbours.")
    public record OutlierScore(
            @Schema(description = "Of a record.") String id,

            @Schema(description = "Of a vector of the request, from 0.")
            Integer index,

            @Schema(
                    description =
                            "Mean distance to the neighbours: 1 - cosine, the euclidean distance, or the negative inner product. Of a collection with fewer records, to all others.",
                    required = true)
            double score,

            @Schema(description = "Whether it is beyond the threshold.", required = true)
            boolean outlier) {}

    @Schema(description = "Scores.")
    public record OutliersResponse(
            @Schema(description = "In the order of the request; of a page, in the order of ids.", required = true)
            List<OutlierScore> scores,

            @Schema(description = "What is above it is an outlier.", required = true)
            double threshold,

            @Schema(description = "Records looked at for this answer.", required = true)
            int examined,

            @Schema(description = "Give it to the next request; absent on the last page.")
            String nextToken) {}

    @Schema(description = "Pairs of records that are as good as the same, found page by page.")
    public record DuplicatesRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description =
                            "The least score of a pair, or under euclidean the greatest distance. 0.95 if absent, under cosine; required under the other metrics.")
            Double minScore,

            @Schema(
                    description =
                            "At most so many pairs a page, 1 to 1,000. A page may be a little longer: the pairs of a record stay together.",
                    defaultValue = "100",
                    minimum = "1",
                    maximum = "1000")
            Integer limit,

            @Schema(description = "From the page before, with the same fields as there.")
            String nextToken) {}

    @Schema(description = "Two records.")
    public record DuplicatePair(
            @Schema(description = "The one with the lower id.", required = true)
            String first,

            @Schema(description = "The other.", required = true)
            String second,

            @Schema(description = "Their score.", required = true)
            double score) {}

    @Schema(description = "A page of pairs.")
    public record DuplicatesResponse(
            @Schema(description = "In the order of the first ids.", required = true)
            List<DuplicatePair> pairs,

            @Schema(description = "Records looked at for this answer.", required = true)
            int examined,

            @Schema(description = "Give it to the next request; absent on the last page.")
            String nextToken) {}

    // ---- recall

    @Schema(description = "A measurement of the index on the live data.")
    public record RecallRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description = "How many records to search for, chosen at random; 1 to 1,000.",
                    defaultValue = "100",
                    minimum = "1",
                    maximum = "1000")
            Integer sample,

            @Schema(description = "Neighbours of each, 1 to 100.", defaultValue = "10", minimum = "1", maximum = "100")
            Integer topK,

            @Schema(description = "As in query.", defaultValue = "0.95", minimum = "0.5", maximum = "1")
            Double accuracy,

            @Schema(description = "As in query.", minimum = "1", maximum = "1000000")
            Integer probes,

            @Schema(description = "As in query.", minimum = "1", maximum = "1000000")
            Integer rescore) {}

    @Schema(description = "What share of the true nearest is found, and in what time.")
    public record RecallResponse(
            @Schema(
                    description =
                            "Share of the true neighbours that were found, 0 to 1; a record is not its own neighbour.",
                    required = true)
            double recall,

            @Schema(description = "How many records were searched for.", required = true)
            int sample,

            @Schema(description = "Neighbours of each.", required = true)
            int topK,

            @Schema(description = "Milliseconds a search, on average.", required = true)
            double millis,

            @Schema(description = "Milliseconds an exact search, on average.", required = true)
            double exactMillis,

            @Schema(description = "The last commit that this takes into account.", required = true)
            long sequence) {}

    @Schema(description = "Milliseconds.")
    public record Took(
            @Schema(description = "All.", required = true) double total,

            @Schema(description = "Embedding the text.", required = true)
            double embed,

            @Schema(description = "Opening the collection and reading what is new.", required = true)
            double look,

            @Schema(description = "Searching.", required = true)
            double search,

            @Schema(description = "Reranking; absent without.")
            Double rerank) {}

    @Schema(description = "What a hit of a hybrid query has in both searches.")
    public record Scores(
            @Schema(
                    description = "By the collection's metric: cosine, dot, or euclidean, which is a distance.",
                    required = true)
            float vector,

            @Schema(description = "BM25; 0 if no word fits.", required = true)
            float text) {}

    @Schema(description = "A record that was found.")
    public record Hit(
            @Schema(description = "Its id.", required = true)
            String id,

            @Schema(description = "See scoring.", required = true, examples = "0.83")
            float score,

            @Schema(description = "With boosts: what the hits are ordered by.")
            Double boostedScore,

            @Schema(
                    description =
                            "With rerank: what the hits are ordered by; absent where there was no text, or beyond its depth. Comparable within one answer only.")
            Double rerankScore,

            @Schema(description = "Its vector, as stored.") float[] vector,
            @Schema(description = "Its text.") String text,
            @Schema(description = "Its attributes.") Map<String, Object> attributes,

            @Schema(description = "In mode hybrid.") Scores scores,

            @Schema(description = "With explain, in mode text and hybrid: what the score is made of.")
            ExplainedHit explanation) {}

    // ---- rag

    @Schema(description = "A question to be answered from a collection's texts.")
    public record RagRequest(
            @Schema(description = "The collection.", required = true, examples = "docs")
            String collection,

            @Schema(
                    description = "The question, at most 8,000 characters.",
                    required = true,
                    examples = "How do I roll back?")
            String question,

            @Schema(description = "At most so many passages to answer from, 1 to 50.", minimum = "1", maximum = "50")
            Integer topK,

            @Schema(description = "Only passages whose attributes match, see query.")
            Map<String, Object> filter,

            @Schema(description = "The language model's name at the configured provider; the configured one if absent.")
            String model,

            @Schema(
                    description =
                            "Answer as server-sent events: `token` with a piece of the answer, then `answer` with the whole of RagResponse, or `error` with a problem.",
                    defaultValue = "false")
            Boolean stream,

            @Schema(
                    description =
                            "How passages are looked for, see query. With text and hybrid, passages that have the words of the question are looked at even if they are not near to it.",
                    defaultValue = "vector")
            Mode mode,

            @Schema(description = "Choose the passages by a model's judgement; see query.")
            Rerank rerank) {

        /** By vectors, in the order of the search. */
        public RagRequest(
                String collection,
                String question,
                Integer topK,
                Map<String, Object> filter,
                String model,
                Boolean stream) {
            this(collection, question, topK, filter, model, stream, null, null);
        }
    }

    @Schema(description = "An answer and what it rests on.")
    public record RagResponse(
            @Schema(description = "The answer, with citations as [1], [2] …", required = true)
            String answer,

            @Schema(
                    description = "False if the documents do not answer the question; `answer` then says so.",
                    required = true)
            boolean answered,

            @Schema(
                    description =
                            "Who wrote it: `extractive` (sentences quoted, no language model), or provider and model.",
                    required = true,
                    examples = "extractive")
            String writer,

            @Schema(description = "The passages that the answer cites, in the order of their numbers.", required = true)
            List<Citation> citations,

            @Schema(description = "What was used.", required = true)
            Usage usage) {}

    @Schema(description = "A passage that the answer cites.")
    public record Citation(
            @Schema(description = "The number in the answer.", required = true)
            int number,

            @Schema(description = "The record.", required = true)
            String id,

            @Schema(description = "The passage.", required = true)
            String passage,

            @Schema(description = "Its similarity to the question.", required = true)
            float score,

            @Schema(description = "The record's attributes: source, title, page …", required = true)
            Map<String, Object> attributes,

            @Schema(
                    description = "Where in the answer it is cited: offsets of the opening bracket in characters.",
                    required = true)
            List<Integer> at) {}

    @Schema(description = "What an answer used.")
    public record Usage(
            @Schema(description = "Passages that were retrieved and relevant enough to be considered.", required = true)
            int passages,

            @Schema(description = "Tokens read by the language model; absent without one or if it does not say.")
            Integer inputTokens,

            @Schema(description = "Tokens written by the language model.")
            Integer outputTokens,

            @Schema(description = "Milliseconds.", required = true)
            double took) {}
}
