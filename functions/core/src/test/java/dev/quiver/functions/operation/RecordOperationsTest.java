package dev.quiver.functions.operation;

import static dev.quiver.functions.Fixtures.config;
import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.Messages.UpsertRecord;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.problem.Problem;
import dev.quiver.index.Consistency;
import dev.quiver.testing.ScriptedProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds down what is beyond one request over HTTP: that a refused one leaves nothing behind, a collection meets another configuration, and the log is folded in the background. */
class RecordOperationsTest {
    private static final CreateSettings TWO = new CreateSettings(2, null, null);

    private static UpsertRecord own(String id, float... vector) {
        return new UpsertRecord(id, vector, null, null, null, null);
    }

    @Test
    void aRefusedRequestCreatesNoCollection() {
        try (Quiver quiver = new Quiver(config())) {
            problemOf(() -> quiver.records().upsert(new UpsertRequest("docs", List.of(own("a", 1, 2, 3)), TWO)));
            problemOf(() -> quiver.records()
                    .upsert(new UpsertRequest("docs", List.of(own("a", 1, 2)), new CreateSettings(null, null, null))));
            assertThat(quiver.collections().list().collections()).isEmpty();
            quiver.records().upsert(new UpsertRequest("docs", List.of(own("a", 1, 2)), TWO));
            assertThat(quiver.collections()
                            .describe(new CollectionRequest("docs"))
                            .dimension())
                    .isEqualTo(2);
        }
    }

    @Test
    void everyWrongRecordIsToldUpToALimitAndNoneIsStored() {
        try (Quiver quiver = new Quiver(config())) {
            quiver.records().upsert(new UpsertRequest("docs", List.of(own("good", 1, 2)), TWO));
            List<UpsertRecord> records = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                records.add(i % 2 == 0 ? own("r" + i, 1, 2) : own("r" + i, 1));
            }
            Problem p = problemOf(() -> quiver.records().upsert(new UpsertRequest("docs", records, null)));
            assertThat(p.type()).isEqualTo("urn:quiver:problem:dimension-mismatch");
            assertThat(p.errors()).hasSize(20);
            assertThat(p.errors().getFirst().pointer()).isEqualTo("/records/1/vector");
            assertThat(quiver.collections()
                            .describe(new CollectionRequest("docs"))
                            .records())
                    .isEqualTo(1);
        }
    }

    @Test
    void aCollectionOfAModelThatIsNotConfiguredAnyMoreSaysSo(@TempDir Path folder) {
        try (ScriptedProvider provider = ScriptedProvider.start()) {
            provider.embedsBy(
                    texts -> texts.stream().map(_ -> new float[] {1, 0}).toList());
            String[] far = {
                "quiver.data", folder.toString(),
                "quiver.embedding.models.far.provider", "openai",
                "quiver.embedding.models.far.model-name", "m",
                "quiver.embedding.models.far.base-url", provider.baseUrl(),
                "quiver.embedding.models.far.dimension", "2"
            };
            UpsertRequest text =
                    new UpsertRequest("docs", List.of(new UpsertRecord("a", null, "text", null, null, null)), null);
            try (Quiver quiver = new Quiver(config(far))) {
                quiver.records()
                        .upsert(new UpsertRequest("docs", text.records(), new CreateSettings(null, null, "far")));
            }
            try (Quiver quiver = new Quiver(config("quiver.data", folder.toString()))) {
                Problem p = problemOf(() -> quiver.records().upsert(text));
                assertThat(p.type()).isEqualTo("urn:quiver:problem:model-not-found");
                assertThat(p.detail()).contains("'far'", "all-minilm-l6-v2");
                assertThat(p.errors()).as("the request names no model").isEmpty();
            }
            far[far.length - 1] = "3";
            try (Quiver quiver = new Quiver(config(far))) {
                Problem p = problemOf(() -> quiver.records().upsert(text));
                assertThat(p.type()).isEqualTo("urn:quiver:problem:model-mismatch");
                assertThat(p.detail()).contains("vectors of 2", "with 3 dimensions", "'far'");
            }
        }
    }

    @Test
    void theLogIsFoldedBehindTheWritesAndNothingIsLost() {
        Quiver quiver = new Quiver(config("quiver.log.fold-records", "50"));
        try (quiver) {
            for (int i = 0; i < 300; i++) {
                quiver.records().upsert(new UpsertRequest("docs", List.of(own("r" + i, 1, i)), TWO));
            }
        }
        // Closing has waited for the last fold.
        var statistics = quiver.database().collection("docs").statistics(Consistency.STRONG);
        assertThat(statistics.segments()).isPositive();
        assertThat(statistics.records()).isEqualTo(300);
        assertThat(statistics.sequence()).isEqualTo(300);
    }

    @Test
    void manyThreadsThatCreateTheSameCollectionAllSucceed() throws Exception {
        try (Quiver quiver = new Quiver(config());
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                String id = "r" + t;
                running.add(threads.submit(() -> quiver.records()
                        .upsert(new UpsertRequest(
                                "docs",
                                List.of(new UpsertRecord(id, new float[] {1, 2}, null, Map.of(), null, null)),
                                TWO))));
            }
            for (Future<?> f : running) {
                f.get();
            }
            assertThat(quiver.collections()
                            .describe(new CollectionRequest("docs"))
                            .records())
                    .isEqualTo(8);
        }
    }
}
