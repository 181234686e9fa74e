package dev.quiver.functions.s3vectors;

import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Folding;
import dev.quiver.functions.s3vectors.S3VectorsException.Field;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ByIndex;
import dev.quiver.functions.s3vectors.S3VectorsMessages.DeleteVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.GetVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.GetVectorsResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorsResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.OutputVector;
import dev.quiver.functions.s3vectors.S3VectorsMessages.PutInputVector;
import dev.quiver.functions.s3vectors.S3VectorsMessages.PutVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.QueryOutputVector;
import dev.quiver.functions.s3vectors.S3VectorsMessages.QueryVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.QueryVectorsResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.VectorData;
import dev.quiver.functions.s3vectors.VectorIndexes.VectorIndex;
import dev.quiver.index.Collection;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/** The vectors of an index: records without a text, whose attributes are the metadata. */
public final class VectorOperations {
    private static final int PUT = 500;
    private static final int GET = 100;
    private static final int DELETE = 500;
    private static final int LONGEST_KEY = 1024;
    private static final int LIST_PAGE = 1000;
    private static final int LIST_DEFAULT = 500;
    private static final int SEGMENTS = 16;
    private static final int LONGEST_TOKEN = 2048;
    private static final int TOP_K = 10_000;
    private static final int QUERY_PAGE = 1000;
    /** Results of a query that come in one answer whatever their size. */
    private static final int QUERY_WHOLE = 100;

    /** Of what is answered at once. */
    private static final long PAGE_BYTES = 1 << 20;

    /** Records looked at for one page of a segment. */
    private static final int SCANNED = 4000;

    private final Database database;
    private final VectorIndexes indexes;
    private final Folding folding;

    VectorOperations(Database database, VectorIndexes indexes, Folding folding) {
        this.database = database;
        this.indexes = indexes;
        this.folding = folding;
    }

    /** An index whose collection has been looked at as the request needs it. */
    private record Opened(Collection collection, String uid, VectorIndex index) {}

    private Opened open(ByIndex request, Consistency consistency) {
        IndexAddress address = IndexAddress.of(request);
        try {
            Collection collection = Spans.in("open", _ -> database.collection(address.collection()));
            String uid = collection.uid(consistency);
            return new Opened(
                    collection, uid, indexes.find(address, uid).orElseThrow(S3VectorsException::indexNotFound));
        } catch (CollectionNotFoundException e) {
            throw S3VectorsException.indexNotFound();
        }
    }

    public Map<String, Object> put(PutVectorsRequest request) {
        IndexAddress.of(request);
        Constraints constraints =
                new Constraints().given(request.vectors(), "/vectors").size(request.vectors(), 1, PUT, "/vectors");
        constraints.done();
        for (int i = 0; i < request.vectors().size(); i++) {
            PutInputVector v = request.vectors().get(i);
            String at = "/vectors/" + i;
            constraints
                    .given(v.key(), at + "/key")
                    .length(v.key(), 1, LONGEST_KEY, at + "/key")
                    .given(v.data(), at + "/data");
            if (v.data() != null) {
                constraints.given(v.data().float32(), at + "/data/float32");
            }
        }
        constraints.done();
        // Not from what was seen a while ago: the index may have been deleted and created anew, and what is written to
        // the
        // old one is lost.
        Opened opened = open(request, Consistency.fromNow());
        Batch.Builder batch = Batch.builder();
        DeclaredFields declared = opened.collection.schema().declared();
        for (int i = 0; i < request.vectors().size(); i++) {
            batch.upsert(record(request.vectors().get(i), i, opened.index, declared));
        }
        opened.collection.apply(batch.build());
        folding.afterWrite(opened.collection);
        return S3VectorsMessages.DONE;
    }

    private static Record record(PutInputVector v, int position, VectorIndex index, DeclaredFields declared) {
        String at = "vectors[" + position + "]";
        float[] data = v.data().float32();
        if (data.length != index.dimension()) {
            throw invalidRecord(
                    v, at, "vector must have length " + index.dimension() + ", but has length " + data.length);
        }
        Optional<String> wrong = VectorMetadata.problem(v.metadata(), index.nonFilterable());
        if (wrong.isPresent()) {
            throw invalidRecord(v, at + ".metadata", wrong.get());
        }
        String part = at;
        try {
            Vectors.check(data, index.dimension(), index.metric());
            part = at + ".key";
            Record.checkId(v.key());
            part = at + ".metadata";
            return declared.fit(new Record(v.key(), data, null, v.metadata()));
        } catch (IllegalArgumentException e) {
            throw invalidRecord(v, part, e.getMessage());
        }
    }

    private static S3VectorsException invalidRecord(PutInputVector v, String path, String message) {
        return S3VectorsException.invalid(
                "Invalid record for key '" + v.key() + "': " + message, List.of(new Field(path, message)));
    }

    public GetVectorsResponse get(GetVectorsRequest request) {
        IndexAddress.of(request);
        checkKeys(request.keys(), GET);
        Consistency consistency = Consistency.fromNow();
        Opened opened = open(request, consistency);
        return new GetVectorsResponse(opened.collection.fetch(possible(request.keys()), consistency).records().stream()
                .map(r -> output(r, request.returnData(), request.returnMetadata()))
                .toList());
    }

    public Map<String, Object> delete(DeleteVectorsRequest request) {
        IndexAddress.of(request);
        checkKeys(request.keys(), DELETE);
        Consistency consistency = Consistency.fromNow();
        Opened opened = open(request, consistency);
        List<String> keys = possible(request.keys());
        if (!opened.collection.fetch(keys, consistency).records().isEmpty()) {
            Batch.Builder batch = Batch.builder();
            keys.forEach(batch::delete);
            opened.collection.apply(batch.build());
            folding.afterWrite(opened.collection);
        }
        return S3VectorsMessages.DONE;
    }

    private static void checkKeys(List<String> keys, int most) {
        Constraints constraints = new Constraints().given(keys, "/keys").size(keys, 1, most, "/keys");
        constraints.done();
        for (int i = 0; i < keys.size(); i++) {
            constraints.length(keys.get(i), 1, LONGEST_KEY, "/keys/" + i);
        }
        constraints.done();
    }

    /** Those that a vector can have here. There is none of any other, which is all that reading and deleting want to know. */
    private static List<String> possible(List<String> keys) {
        List<String> possible = new ArrayList<>();
        for (String key : keys) {
            try {
                Record.checkId(key);
                possible.add(key);
            } catch (IllegalArgumentException e) {
                // As if it were not there, since it cannot be.
            }
        }
        return possible.stream().distinct().toList();
    }

    private static OutputVector output(Record r, Boolean data, Boolean metadata) {
        return new OutputVector(
                r.id(),
                Boolean.TRUE.equals(data) ? new VectorData(r.vector()) : null,
                Boolean.TRUE.equals(metadata) ? r.attributes() : null);
    }

    public ListVectorsResponse list(ListVectorsRequest request) {
        IndexAddress.of(request);
        new Constraints()
                .range(request.maxResults(), 1, LIST_PAGE, "/maxResults")
                .length(request.nextToken(), 1, LONGEST_TOKEN, "/nextToken")
                .range(request.segmentCount(), 1, SEGMENTS, "/segmentCount")
                .range(request.segmentIndex(), 0, SEGMENTS - 1, "/segmentIndex")
                .done();
        if ((request.segmentCount() == null) != (request.segmentIndex() == null)) {
            throw S3VectorsException.invalid(
                    "Must specify either both segmentCount and segmentIndex, or neither", List.of());
        }
        int segments = request.segmentCount() == null ? 1 : request.segmentCount();
        int segment = request.segmentIndex() == null ? 0 : request.segmentIndex();
        if (segment >= segments) {
            throw S3VectorsException.invalid("/segmentIndex", "segmentIndex must be less than segmentCount");
        }
        Consistency consistency = Consistency.fromNow();
        Opened opened = open(request, consistency);
        String listing = "vectors " + opened.uid + " " + segments + " " + segment;
        return page(request, opened, consistency, listing, key -> segments == 1 || segmentOf(key, segments) == segment);
    }

    private static int segmentOf(String key, int segments) {
        CRC32 hash = new CRC32();
        hash.update(key.getBytes(StandardCharsets.UTF_8));
        return (int) (hash.getValue() % segments);
    }

    /** A page may be shorter than asked for, or empty, before the last one. */
    private static ListVectorsResponse page(
            ListVectorsRequest request,
            Opened opened,
            Consistency consistency,
            String listing,
            Predicate<String> wanted) {
        int limit = request.maxResults() == null ? LIST_DEFAULT : request.maxResults();
        long vectorBytes = (long) Float.BYTES * opened.index.dimension();
        // What is read is about a page of bytes, too, not only what is answered.
        int segments = request.segmentCount() == null ? 1 : request.segmentCount();
        int chunk = (int) Math.clamp(PAGE_BYTES / vectorBytes, 1, Math.min((long) limit * segments, LIST_PAGE));
        String after = PageToken.read(request.nextToken(), listing);
        List<OutputVector> page = new ArrayList<>();
        long bytes = 0;
        int scanned = 0;
        while (true) {
            List<Record> records =
                    opened.collection.list("", after, chunk + 1, consistency).records();
            for (int i = 0; i < Math.min(chunk, records.size()); i++) {
                Record r = records.get(i);
                if (wanted.test(r.id())) {
                    page.add(output(r, request.returnData(), request.returnMetadata()));
                    bytes += r.id().length()
                            + (Boolean.TRUE.equals(request.returnData()) ? vectorBytes : 0)
                            + (Boolean.TRUE.equals(request.returnMetadata())
                                    ? VectorMetadata.bytes(r.attributes())
                                    : 0);
                }
                after = r.id();
                boolean last = i == records.size() - 1;
                if (last) {
                    return new ListVectorsResponse(null, page);
                }
                if (page.size() == limit || bytes >= PAGE_BYTES || ++scanned >= SCANNED) {
                    return new ListVectorsResponse(PageToken.write(listing, after), page);
                }
            }
            if (records.isEmpty()) {
                return new ListVectorsResponse(null, page);
            }
        }
    }

    public QueryVectorsResponse query(QueryVectorsRequest request) {
        IndexAddress.of(request);
        Constraints constraints = new Constraints()
                .given(request.topK(), "/topK")
                .range(request.topK(), 1, TOP_K, "/topK")
                .given(request.queryVector(), "/queryVector")
                .length(request.nextToken(), 1, LONGEST_TOKEN, "/nextToken");
        if (request.queryVector() != null) {
            constraints.given(request.queryVector().float32(), "/queryVector/float32");
        }
        constraints.done();
        Consistency consistency = Consistency.fromNow();
        Opened opened = open(request, consistency);
        Filter filter = VectorFilter.parse(request.filter(), opened.index.nonFilterable());
        String listing = "query " + opened.uid + " " + digest(request);
        String after = PageToken.read(request.nextToken(), listing);
        SearchResult result = search(
                opened,
                new SearchRequest(
                        request.queryVector().float32(),
                        request.topK(),
                        filter,
                        OptionalDouble.empty(),
                        SearchRequest.Effort.DEFAULT,
                        consistency));
        boolean withMetadata = Boolean.TRUE.equals(request.returnMetadata());
        List<SearchResult.Hit> hits = result.hits();
        List<QueryOutputVector> page = new ArrayList<>();
        long bytes = 0;
        for (int i = after.isEmpty() ? 0 : Cursor.parse(after).next(hits, opened.index.metric());
                i < hits.size();
                i++) {
            if (page.size() == QUERY_PAGE || (page.size() >= QUERY_WHOLE && bytes >= PAGE_BYTES)) {
                return answer(
                        opened,
                        PageToken.write(listing, Cursor.of(hits.get(i - 1)).write()),
                        page);
            }
            Record r = hits.get(i).record();
            bytes += withMetadata ? VectorMetadata.bytes(r.attributes()) : 0;
            page.add(new QueryOutputVector(
                    r.id(),
                    Boolean.TRUE.equals(request.returnDistance())
                            ? distance(hits.get(i).score(), opened.index.metric())
                            : null,
                    withMetadata ? r.attributes() : null));
        }
        return answer(opened, null, page);
    }

    private static QueryVectorsResponse answer(Opened opened, String nextToken, List<QueryOutputVector> page) {
        return new QueryVectorsResponse(S3Vectors.name(opened.index.metric()), nextToken, page);
    }

    private static SearchResult search(Opened opened, SearchRequest request) {
        int length = request.vector().length;
        if (length != opened.index.dimension()) {
            throw invalidQuery("vector must have length " + opened.index.dimension() + ", but has length " + length);
        }
        try {
            return Spans.search(opened.collection, request);
        } catch (InvalidVectorException e) {
            throw invalidQuery(e.getMessage());
        }
    }

    private static S3VectorsException invalidQuery(String why) {
        return S3VectorsException.invalid(
                "Query vector contains invalid values or is invalid for this index",
                List.of(new Field("queryVector", "Invalid input: " + why)));
    }

    /** Rounding may leave the cosine of a vector with itself a little above 1, and no distance is negative. */
    private static float distance(float score, Metric metric) {
        return metric == Metric.COSINE ? Math.max(0, 1 - score) : score;
    }

    /** What the page before ended with. By what it is and not by how many came before it, so that writes in between neither repeat results nor skip others. */
    private record Cursor(float score, String key) {
        static Cursor of(SearchResult.Hit hit) {
            return new Cursor(hit.score(), hit.record().id());
        }

        static Cursor parse(String text) {
            int space = text.indexOf(' ');
            return new Cursor(
                    Float.intBitsToFloat(Integer.parseInt(text.substring(0, space))), text.substring(space + 1));
        }

        String write() {
            return Float.floatToIntBits(score) + " " + key;
        }

        /** Behind this one, or, where it is not any more, behind all that are as near. */
        int next(List<SearchResult.Hit> hits, Metric metric) {
            int next = 0;
            for (int i = 0; i < hits.size(); i++) {
                SearchResult.Hit h = hits.get(i);
                if (h.score() == score && h.record().id().equals(key)) {
                    return i + 1;
                }
                if (h.score() == score || (h.score() > score) == metric.higherIsNearer()) {
                    next = i + 1;
                }
            }
            return next;
        }
    }

    /** Of what must be the same on every page. */
    private static long digest(QueryVectorsRequest request) {
        CRC32 digest = new CRC32();
        String rest = request.topK() + " " + request.filter() + " "
                + Arrays.toString(request.queryVector().float32());
        digest.update(rest.getBytes(StandardCharsets.UTF_8));
        return digest.getValue();
    }
}
