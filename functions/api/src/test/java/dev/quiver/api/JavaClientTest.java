package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quiver.client.AsOf;
import dev.quiver.client.Boost;
import dev.quiver.client.CollectionResponse;
import dev.quiver.client.Consistency;
import dev.quiver.client.CountRequest;
import dev.quiver.client.CountResponse;
import dev.quiver.client.CreateCollectionRequest;
import dev.quiver.client.CreateSettings;
import dev.quiver.client.DecayName;
import dev.quiver.client.DeleteRequest;
import dev.quiver.client.DeleteResponse;
import dev.quiver.client.DuplicatesRequest;
import dev.quiver.client.EmbedRequest;
import dev.quiver.client.EmbedResponse;
import dev.quiver.client.Example;
import dev.quiver.client.FacetValue;
import dev.quiver.client.FetchRequest;
import dev.quiver.client.FetchResponse;
import dev.quiver.client.FieldDeclaration;
import dev.quiver.client.FieldError;
import dev.quiver.client.FieldTypeName;
import dev.quiver.client.Filter;
import dev.quiver.client.Hit;
import dev.quiver.client.Include;
import dev.quiver.client.ListRequest;
import dev.quiver.client.Metric;
import dev.quiver.client.OutliersRequest;
import dev.quiver.client.OutliersResponse;
import dev.quiver.client.PlanName;
import dev.quiver.client.Purpose;
import dev.quiver.client.QueryRequest;
import dev.quiver.client.QueryResponse;
import dev.quiver.client.QuiverClient;
import dev.quiver.client.QuiverException;
import dev.quiver.client.RagRequest;
import dev.quiver.client.RagResponse;
import dev.quiver.client.RecallRequest;
import dev.quiver.client.RecordAnswer;
import dev.quiver.client.Rerank;
import dev.quiver.client.Scoring;
import dev.quiver.client.Strategy;
import dev.quiver.client.UpdateRequest;
import dev.quiver.client.UpdateResponse;
import dev.quiver.client.UpsertRecord;
import dev.quiver.client.UpsertRequest;
import dev.quiver.client.UpsertResponse;
import dev.quiver.functions.operation.Messages;
import dev.quiver.testing.Snippets;
import io.quarkus.funqy.Funq;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds the Java client ({@code clients/java}) against the API: that it has every operation and every field, and that each does what it should. What becomes of failures on the way is in its own tests. */
@QuarkusTest
class JavaClientTest {
    private static final Path SOURCE = Path.of("src/test/java/dev/quiver/api/JavaClientTest.java");
    private static final Path PAGE = Path.of("../../docs/java-client.md");

    /** Those that are a name and little else are parameters of a method in the client. */
    private static final Set<String> PARAMETERS = Set.of(
            "CollectionRequest",
            "UpdateCollectionRequest",
            "ForkRequest",
            "RestoreRequest",
            "ListCollectionsRequest",
            "ListCollectionsResponse",
            "DeleteCollectionResponse");

    private static final Map<String, String> OTHER_NAMES = Map.of(
            "Freshness",
            "Consistency",
            "MetricName",
            "Metric",
            "TextFieldSettings",
            "TextField",
            "FusionSettings",
            "Fusion");

    @TestHTTPResource
    private URI address;

    private QuiverClient client;

    @BeforeEach
    void connect() {
        client = QuiverClient.builder(address).build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private String three() {
        String name = newCollection();
        client.createCollection(CreateCollectionRequest.ofVectors(name, 2));
        client.upsert(UpsertRequest.of(
                name,
                List.of(
                        UpsertRecord.ofVector("east", new float[] {1, 0})
                                .withText("to the right")
                                .withAttributes(Map.of("n", 1, "half", 0.5, "tags", List.of("a", "b"), "sunny", true)),
                        UpsertRecord.ofVector("north", new float[] {0, 1}).withAttributes(Map.of("n", 2)),
                        UpsertRecord.ofVector("north-east", new float[] {1, 1}).withAttributes(Map.of("n", 3)))));
        return name;
    }

    @Test
    void whatThePageShows() {
        // begin connect
        try (QuiverClient quiver = QuiverClient.builder(address)
                .apiKey(System.getenv().getOrDefault("QUIVER_KEY", "none"))
                .timeout(Duration.ofSeconds(30))
                .build()) {
            quiver.upsert(UpsertRequest.of(
                            "handbook",
                            List.of(
                                    UpsertRecord.ofText("1", "Roll back with `deploy --to previous`.")
                                            .withAttributes(Map.of("year", 2026)),
                                    UpsertRecord.ofText("2", "The canteen opens at noon.")
                                            .withAttributes(Map.of("year", 2024))))
                    .creating(CreateSettings.defaults()));

            QueryResponse found = quiver.query(QueryRequest.ofText("handbook", "how do I undo a release?")
                    .withTopK(1)
                    .withFilter(Filter.gte("year", 2025)));
            for (Hit hit : found.hits()) {
                System.out.println(hit.score() + " " + hit.text());
            }

            RagResponse answer =
                    quiver.rag(RagRequest.of("handbook", "How do I roll back?"), piece -> System.out.print(piece));
            System.out.println(answer.citations());
        }
        // end connect
        assertThat(client.query(QueryRequest.ofText("handbook", "undo a release")
                                .withTopK(1))
                        .hits())
                .extracting(Hit::id)
                .containsExactly("1");
        assertThat(Snippets.page(PAGE)).contains(Snippets.region(SOURCE, "connect"));
    }

    @Test
    void conditionsAsThePageShows() {
        QuiverClient quiver = client;
        String docs = three();
        // begin update
        while (true) {
            RecordAnswer record = quiver.fetch(
                            FetchRequest.of(docs, List.of("east")).including(Include.values()))
                    .records()
                    .getFirst();
            try {
                quiver.upsert(UpsertRequest.of(
                        docs,
                        List.of(UpsertRecord.ofVector(record.id(), record.vector())
                                .withText(record.text() + ", a little")
                                .onlyIfVersion(record.version()))));
                break;
            } catch (QuiverException e) {
                if (!e.is("condition-failed")) {
                    throw e;
                }
            }
        }
        // end update
        assertThat(client.fetch(FetchRequest.of(docs, List.of("east")))
                        .records()
                        .getFirst()
                        .text())
                .isEqualTo("to the right, a little");
        assertThat(Snippets.page(PAGE)).contains(Snippets.region(SOURCE, "update"));
    }

    @Test
    void everyOperationIsThere() {
        assertThat(Arrays.stream(Functions.class.getDeclaredMethods())
                        .filter(m -> m.isAnnotationPresent(Funq.class))
                        .map(m -> m.getAnnotation(Funq.class).value()))
                .as("a new operation needs a method of QuiverClient, and a line here")
                .containsExactlyInAnyOrder(
                        "embed",
                        "upsert",
                        "query",
                        "rag",
                        "recall",
                        "count",
                        "outliers",
                        "duplicates",
                        "fetch",
                        "update",
                        "delete",
                        "list",
                        "collections/create",
                        "collections/describe",
                        "collections/update",
                        "collections/fork",
                        "collections/restore",
                        "collections/compact",
                        "collections/collect-garbage",
                        "collections/list",
                        "collections/delete");
    }

    @Test
    void everyFieldIsThere() throws ClassNotFoundException {
        for (Class<?> type : Messages.class.getDeclaredClasses()) {
            if (!PARAMETERS.contains(type.getSimpleName())) {
                Class<?> ours = Class.forName(
                        "dev.quiver.client." + OTHER_NAMES.getOrDefault(type.getSimpleName(), type.getSimpleName()));
                assertThat(parts(ours)).as(ours.getName()).isEqualTo(parts(type));
            }
        }
        assertThat(parts(FieldError.class)).isEqualTo(parts(dev.quiver.functions.problem.Problem.FieldError.class));
    }

    private static Set<String> parts(Class<?> type) {
        return type.isEnum()
                ? Arrays.stream(type.getEnumConstants()).map(Object::toString).collect(Collectors.toSet())
                : Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .collect(Collectors.toSet());
    }

    @Test
    void collectionsComeAndGo() {
        String name = newCollection();
        CollectionResponse created = client.createCollection(
                CreateCollectionRequest.ofVectors(name, 3).withMetric(Metric.EUCLIDEAN));
        assertThat(created.dimension()).isEqualTo(3);
        assertThat(created.metric()).isEqualTo(Metric.EUCLIDEAN);
        assertThat(created.model()).isNull();
        assertThat(client.describeCollection(name)).isEqualTo(created);
        assertThat(client.listCollections()).contains(name);
        assertThat(client.updateCollection(name, Duration.ofDays(7)).retention())
                .isEqualTo("PT168H");
        assertThat(catchThrowableOfType(
                                QuiverException.class,
                                () -> client.createCollection(CreateCollectionRequest.named(name)))
                        .status())
                .isEqualTo(409);
        assertThat(client.createCollection(CreateCollectionRequest.ofVectors(newCollection(), 2)
                                .declaring("at", FieldTypeName.DATE)
                                .strictly())
                        .fields())
                .isEqualTo(Map.of("at", new FieldDeclaration(FieldTypeName.DATE)));
        client.deleteCollection(name);
        QuiverException gone = catchThrowableOfType(QuiverException.class, () -> client.describeCollection(name));
        assertThat(gone.is("collection-not-found")).isTrue();
        assertThat(gone.detail()).contains("'" + name + "'");
    }

    @Test
    void earlierStatesAreReadForkedAndRestored() {
        String name = three();
        client.updateCollection(name, Duration.ofHours(1));
        client.delete(DeleteRequest.ofIds(name, List.of("east")));
        assertThat(client.fetch(FetchRequest.of(name, List.of("east")).asOf(AsOf.sequence(1)))
                        .records())
                .hasSize(1);
        String fork = newCollection();
        assertThat(client.forkCollection(name, fork, AsOf.sequence(1)).records())
                .isEqualTo(3);
        assertThat(client.forkCollection(name, newCollection()).records()).isEqualTo(2);
        assertThat(client.restoreCollection(name, AsOf.sequence(1)).records()).isEqualTo(3);
        assertThat(client.compactCollection(fork).segments()).isEqualTo(1);
        assertThat(client.collectGarbage(fork).bytes()).isNotNegative();
    }

    @Test
    void recordsAreWrittenReadFoundAndDeleted() {
        String name = three();
        FetchResponse fetched = client.fetch(
                FetchRequest.of(name, List.of("east", "nobody")).including(Include.ATTRIBUTES, Include.VECTOR));
        assertThat(fetched.missing()).containsExactly("nobody");
        RecordAnswer east = fetched.records().getFirst();
        assertThat(east.attributes()).isEqualTo(Map.of("n", 1L, "half", 0.5, "tags", List.of("a", "b"), "sunny", true));
        assertThat(east.vector()).containsExactly(1, 0);
        assertThat(east.text()).isNull();
        assertThat(east.version()).isEqualTo(1);

        QueryResponse found = client.query(QueryRequest.ofVector(name, new float[] {1, 0.1f})
                .withTopK(2)
                .withFilter(Filter.or(Filter.eq("tags", "b"), Filter.in("n", List.of(2, 3))))
                .withConsistency(Consistency.EVENTUAL));
        assertThat(found.hits()).extracting(Hit::id).containsExactly("east", "north-east");
        assertThat(found.higherIsNearer()).isTrue();
        assertThat(found.took().total()).isPositive();
        assertThat(client.query(QueryRequest.ofRecord(name, "north").withMinScore(0.5))
                        .hits())
                .extracting(Hit::id)
                .containsExactly("north-east");

        UpsertResponse again = client.upsert(UpsertRequest.of(
                name,
                List.of(
                        UpsertRecord.ofVector("east", new float[] {2, 0}).onlyIfVersion(1),
                        UpsertRecord.ofVector("west", new float[] {-1, 0}).onlyIfAbsent())));
        assertThat(again.upserted()).isEqualTo(2);
        assertThat(catchThrowableOfType(
                                QuiverException.class,
                                () -> client.delete(DeleteRequest.ofIds(name, List.of("east"))
                                        .onlyIfVersions(Map.of("east", 1L))))
                        .status())
                .isEqualTo(412);
        assertThat(client.delete(DeleteRequest.matching(name, Filter.missing("n"))))
                .isEqualTo(new DeleteResponse(2, 3));
        assertThat(client.delete(DeleteRequest.ofIds(name, List.of("north", "nobody")))
                        .deleted())
                .isEqualTo(1);
        QuiverException wrong = catchThrowableOfType(
                QuiverException.class,
                () -> client.upsert(UpsertRequest.of(name, List.of(UpsertRecord.ofVector("x", new float[] {1})))));
        assertThat(wrong.is("dimension-mismatch")).isTrue();
        assertThat(wrong.errors()).extracting(FieldError::pointer).containsExactly("/records/0/vector");
    }

    @Test
    void attributesAreChangedAlone() {
        String name = three();
        assertThat(client.update(UpdateRequest.ofIds(name, List.of("east", "nobody"))
                        .setting(Map.of("n", 5, "new", "x"))
                        .unsetting("half")
                        .onlyIfVersions(Map.of("east", 1L))))
                .isEqualTo(new UpdateResponse(1, List.of("nobody"), 2));
        assertThat(client.fetch(FetchRequest.of(name, List.of("east")))
                        .records()
                        .getFirst()
                        .attributes())
                .isEqualTo(Map.of("n", 5L, "new", "x", "tags", List.of("a", "b"), "sunny", true));
        assertThat(client.update(
                                UpdateRequest.matching(name, Filter.gte("n", 3)).replacingAttributes(Map.of("m", 1)))
                        .updated())
                .isEqualTo(2);
        assertThat(client.count(CountRequest.of(name).withFilter(Filter.eq("m", 1)))
                        .count())
                .isEqualTo(2);
    }

    @Test
    void moreThanTheNearestIsAskedFor() {
        String name = three();
        CountResponse counted = client.count(
                CountRequest.of(name).withFilter(Filter.in("n", List.of(1, 2))).withFacets("n"));
        assertThat(counted.count()).isEqualTo(2);
        assertThat(counted.facets().get("n")).containsExactly(new FacetValue(1L, 1), new FacetValue(2L, 1));
        assertThat(client.query(QueryRequest.ofExamples(name, List.of(Example.ofRecord("east")))
                                .awayFrom(List.of(Example.ofVector(new float[] {0, 1})))
                                .withStrategy(Strategy.BEST_SCORE)
                                .withDiversity(0.5)
                                .groupedBy("n", 1))
                        .hits())
                .extracting(Hit::id)
                .containsExactly("north-east");
        QueryResponse boosted = client.query(QueryRequest.ofVector(name, new float[] {1, 0})
                .boostedBy(
                        Boost.matching(Filter.eq("n", 2)).withWeight(2),
                        Boost.near("n", DecayName.GAUSS, 3, 1).withWeight(0.1),
                        Boost.recent("written", Duration.ofDays(30)))
                .withBoostDepth(50)
                .explained());
        assertThat(boosted.hits().getFirst().id()).isEqualTo("north");
        assertThat(boosted.hits().getFirst().boostedScore()).isGreaterThan(2);
        assertThat(boosted.explanation().searches().getFirst().parts())
                .singleElement()
                .returns(PlanName.LOG, p -> p.plan());
        assertThat(boosted.scoring()).isEqualTo(Scoring.COSINE);
        assertThat(catchThrowableOfType(
                                QuiverException.class,
                                () -> client.query(QueryRequest.ofText(name, "east")
                                        .rerankedBy(Rerank.by("nobody").withDepth(5))))
                        .detail())
                .contains("no embedding model");
        assertThat(catchThrowableOfType(
                                QuiverException.class,
                                () -> client.query(QueryRequest.ofRecord(name, "east")
                                        .rerankedBy(Rerank.by("nobody").withQuery("east"))))
                        .is("model-not-found"))
                .isTrue();
        OutliersResponse outliers = client.outliers(OutliersRequest.ofVectors(name, List.of(new float[] {-1, 0}))
                .withNeighbours(1)
                .withThreshold(0.5));
        assertThat(outliers.scores().getFirst().outlier()).isTrue();
        assertThat(client.duplicates(DuplicatesRequest.of(name).withMinScore(0.7))
                        .pairs())
                .hasSize(2)
                .allMatch(p -> p.second().equals("north-east") || p.first().equals("north"));
    }

    @Test
    void aListGoesOnThroughAllPages() {
        String name = newCollection();
        client.createCollection(CreateCollectionRequest.ofVectors(name, 1));
        client.upsert(UpsertRequest.of(
                name,
                IntStream.range(0, 25)
                        .mapToObj(i -> UpsertRecord.ofVector("r%02d".formatted(i), new float[] {i + 1}))
                        .toList()));
        assertThat(client.list(ListRequest.of(name).withLimit(10)).map(RecordAnswer::id))
                .containsExactlyElementsOf(
                        IntStream.range(0, 25).mapToObj("r%02d"::formatted).toList());
        assertThat(client.list(
                        ListRequest.of(name).withPrefix("r2").withLimit(5).including()))
                .hasSize(5);
        assertThat(client.queryAll(QueryRequest.ofVector(name, new float[] {1}).withTopK(4)))
                .as("all are as near as any other, and each comes once")
                .extracting(Hit::id)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 25).mapToObj("r%02d"::formatted).toList());
        assertThat(client.recall(RecallRequest.of(name).withSample(5).withTopK(2))
                        .recall())
                .isEqualTo(1);
    }

    @Test
    void textsAreEmbeddedAndQuestionsAnswered() {
        EmbedResponse embedded =
                client.embed(EmbedRequest.of(List.of("one", "two")).withPurpose(Purpose.QUERY));
        assertThat(embedded.embeddings()).hasSize(2).allSatisfy(v -> assertThat(v)
                .hasSize(embedded.dimension()));
        String name = newCollection();
        client.createCollection(CreateCollectionRequest.ofTexts(name, embedded.model()));
        client.upsert(UpsertRequest.of(
                name, List.of(UpsertRecord.ofText("1", "To roll back a deployment, run deploy --to previous."))));
        RagRequest question =
                RagRequest.of(name, "How do I roll back a deployment?").withTopK(3);
        RagResponse answer = client.rag(question);
        assertThat(answer.answered()).isTrue();
        assertThat(answer.citations().getFirst().id()).isEqualTo("1");
        StringBuilder pieces = new StringBuilder();
        RagResponse streamed = client.rag(question, pieces::append);
        assertThat(pieces).hasToString(streamed.answer());
        assertThat(streamed.answer()).isEqualTo(answer.answer());
        assertThat(catchThrowableOfType(
                                QuiverException.class,
                                () -> client.rag(RagRequest.of("nowhere", "what?"), pieces::append))
                        .is("collection-not-found"))
                .isTrue();
    }

    @Test
    void whatTheClientDoesNotKnowCanBeCalled() {
        String name = three();
        Map<?, ?> answer = client.call("collections/describe", Map.of("name", name), Map.class);
        assertThat(answer.get("records")).isEqualTo(3L);
    }
}
