package dev.quiver.functions.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.embeddings.adapters.Adapter;
import dev.quiver.embeddings.adapters.AdapterPairs;
import dev.quiver.embeddings.adapters.AdapterSettings;
import dev.quiver.embeddings.adapters.AdapterTraining;
import dev.quiver.embeddings.adapters.Sides;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.functions.Fixtures;
import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.functions.operation.CollectionOperations;
import dev.quiver.functions.operation.EmbedOperation;
import dev.quiver.functions.operation.Messages.CreateCollectionRequest;
import dev.quiver.functions.operation.Messages.EmbedInput;
import dev.quiver.functions.operation.Messages.EmbedRequest;
import dev.quiver.functions.operation.RecordOperations;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real models, those that come along under another name: in the store they give the same vectors, and what is not whole is refused before it embeds anything. */
class ModelStoreTest {
    private static final String TEXT = "How do I roll back a deployment?";

    @TempDir
    private Path folder;

    private final ObjectStore store = new MemoryStore();
    private final ModelStore models = new ModelStore(store);
    private final EmbeddingModels all = new EmbeddingModels(Fixtures.config(), models);

    @AfterEach
    void close() {
        all.close();
        store.close();
    }

    private static void resource(String name, Path target) throws IOException {
        try (InputStream in = ModelStoreTest.class.getResourceAsStream(name)) {
            Files.write(target, in.readAllBytes());
        }
    }

    private Path minilm(Object... more) throws IOException {
        resource("/all-minilm-l6-v2-q.onnx", folder.resolve("model.onnx"));
        resource("/all-minilm-l6-v2-q-tokenizer.json", folder.resolve("tokenizer.json"));
        return describe("model.onnx", more);
    }

    private Path describe(String file, Object... more) {
        Map<String, Object> settings = new HashMap<>(Map.of("family", "text-onnx", "dimension", 384, "window", 256));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        ModelStore.describe(folder, List.of(file, "tokenizer.json"), settings);
        return folder;
    }

    private Path words(String... lines) throws IOException {
        Files.write(folder.resolve("vectors.vec"), List.of(lines));
        ModelStore.describe(folder, List.of("vectors.vec"), Map.of("family", "word2vec", "dimension", 2));
        return folder;
    }

    private float[] embed(String name, String text) {
        return all.find(name)
                .orElseThrow()
                .embed(List.of(text), Purpose.DOCUMENT)
                .vectors()
                .getFirst();
    }

    private float[] builtIn() {
        return Fixtures.minilm()
                .embed(List.of(TEXT), Purpose.DOCUMENT)
                .vectors()
                .getFirst();
    }

    @Test
    void aModelInTheStoreGivesTheVectorsThatItGivesBuiltIn() throws IOException {
        ModelStore.Stored added = models.add("mine", minilm("licence", "Apache-2.0"), false, all);
        assertThat(added.reference()).matches("mine@[0-9a-f]{12}");
        assertThat(embed("mine", TEXT)).isEqualTo(builtIn());
        assertThat(embed(added.reference(), TEXT)).isEqualTo(builtIn());
        assertThat(models.names()).containsExactly("mine");
        assertThat(models.describe("mine").orElseThrow().licence()).isEqualTo("Apache-2.0");
    }

    @Test
    void inAFolderAsInMemory() throws IOException {
        try (FileStore files = new FileStore(folder.resolve("data"));
                ModelStore inFiles = new ModelStore(files)) {
            inFiles.add("mine", minilm(), false, all);
            assertThat(inFiles.find("mine", all)
                            .orElseThrow()
                            .embed(List.of(TEXT), Purpose.DOCUMENT)
                            .vectors()
                            .getFirst())
                    .isEqualTo(builtIn());
            assertThat(inFiles.remove("mine")).isTrue();
            assertThat(files.list("_models/", "")).isEmpty();
        }
    }

    @Test
    void fewerDimensionsAreTheFirstOnesAtLengthOne() throws IOException {
        models.add("short", minilm("dimension", 64), false, all);
        float[] first = Arrays.copyOf(builtIn(), 64);
        double norm = Vectors.norm(first);
        float[] v = embed("short", TEXT);
        assertThat(v).hasSize(64);
        for (int i = 0; i < 64; i++) {
            assertThat((double) v[i]).isCloseTo(first[i] / norm, within(1e-6));
        }
    }

    @Test
    void poolingPrefixesAndLengthAreThoseOfTheDescription() throws IOException {
        models.add("cls", minilm("pooling", "cls"), false, all);
        models.add("max", minilm("pooling", "max"), false, all);
        models.add("raw", minilm("normalise", false), false, all);
        models.add("prefixed", minilm("documentPrefix", "passage: ", "queryPrefix", "query: "), false, all);
        assertThat(embed("cls", TEXT)).isNotEqualTo(builtIn());
        assertThat(embed("max", TEXT)).isNotEqualTo(embed("cls", TEXT));
        float[] raw = embed("raw", TEXT);
        assertThat(Math.abs(Vectors.norm(raw) - 1)).isGreaterThan(0.1);
        models.add("mine", minilm(), false, all);
        assertThat(embed("prefixed", TEXT)).isEqualTo(embed("mine", "passage: " + TEXT));
        assertThat(all.find("prefixed")
                        .orElseThrow()
                        .embed(List.of(TEXT), Purpose.QUERY)
                        .vectors()
                        .getFirst())
                .isEqualTo(embed("mine", "query: " + TEXT));
    }

    /** Ten tokens of text fit beside the marks. */
    @Test
    void aLongTextIsTheMeanOfItsWindows() throws IOException {
        models.add("windows", minilm("window", 12, "longTexts", "mean", "overlap", 5), false, all);
        models.add("cut", minilm("window", 12), false, all);
        String text = "one two three four five six seven eight nine ten eleven twelve";
        TextEmbedder windows = all.find("windows").orElseThrow();
        TextEmbedder.Embedded embedded = windows.embed(List.of(text, "one two three"), Purpose.DOCUMENT);
        assertThat(embedded.truncations()).isEmpty();
        float[] first = embed("cut", "one two three four five six seven eight nine ten");
        float[] last = embed("cut", "three four five six seven eight nine ten eleven twelve");
        float[] sum = new float[first.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = first[i] + last[i];
        }
        double norm = Vectors.norm(sum);
        for (int i = 0; i < sum.length; i++) {
            assertThat((double) embedded.vectors().getFirst()[i]).isCloseTo(sum[i] / norm, within(1e-5));
        }
        assertThat(embedded.vectors().get(1)).isEqualTo(embed("cut", "one two three"));
        assertThat(all.find("cut")
                        .orElseThrow()
                        .embed(List.of(text), Purpose.DOCUMENT)
                        .truncations())
                .hasSize(1);
        String endless = "word ".repeat(1000);
        assertThat(windows.embed(List.of(endless), Purpose.DOCUMENT).truncations())
                .containsExactly(new TextEmbedder.Truncation(0, 1000, 10 + 63 * 5));
    }

    private Path adapter(Sides sides, String base) throws IOException, InterruptedException {
        AdapterPairs.Builder pairs = new AdapterPairs.Builder(2);
        pairs.query("q", new float[] {1, 0}).query("r", new float[] {0, 1});
        pairs.document("d", new float[] {0, 1}).document("e", new float[] {1, 0});
        pairs.pair("q", "d", 1).pair("r", "e", 1);
        Path to = folder.resolve("adapter-" + sides);
        AdapterTraining.train(
                pairs.build(),
                base,
                AdapterSettings.builder()
                        .sides(sides)
                        .heldOut(0)
                        .lr(0.05)
                        .epoch(100)
                        .build(),
                TrainingOutput.in(to));
        return to;
    }

    @Test
    void anAdapterMapsWhatItsBaseMakes() throws Exception {
        String base = models.add("w", words("3 2", "east 1 0", "north 0 1", "west -1 0"), false, all)
                .reference();
        ModelStore.Stored added = models.add("a", adapter(Sides.QUERIES, "w"), false, all);
        assertThat(added.json()).contains("\"base\" : \"" + base + "\"");
        TextEmbedder adapted = all.find("a").orElseThrow();
        float[] east = {1, 0};
        assertThat(adapted.embed(List.of("east"), Purpose.DOCUMENT).vectors().getFirst())
                .containsExactly(east);
        float[] mapped = adapted.embed(List.of("east"), Purpose.QUERY).vectors().getFirst();
        assertThat(mapped[1]).as("towards what was relevant to it").isGreaterThan(0.7f);
        assertThat(mapped)
                .isEqualTo(Adapter.read(folder.resolve("adapter-queries")).query(east));
        assertThat(models.adaptersOn("w")).containsExactly("a");

        assertThatThrownBy(() -> models.add("b", adapter(Sides.BOTH, "a"), false, all))
                .hasMessageContaining("an adapter itself");
        assertThatThrownBy(() -> models.add("b", adapter(Sides.BOTH, "gone"), false, all))
                .hasMessageContaining("'gone', which is not there");
        assertThatThrownBy(() -> models.add("b", adapter(Sides.BOTH, "all-minilm-l6-v2"), false, all))
                .hasMessageContaining("makes some of 384");
        words("1 2", "east 0 1");
        models.add("w", folder, true, all);
        try (EmbeddingModels later = new EmbeddingModels(Fixtures.config(), new ModelStore(store))) {
            assertThat(Fixtures.problemOf(() -> later.find("a")).detail()).contains("was replaced");
        }
    }

    @Test
    void whatTheModelDoesNotGiveIsRefusedAndNothingIsAdded() throws IOException {
        assertThatThrownBy(() -> models.add("m", minilm("dimension", 385), false, all))
                .hasMessageContaining("385")
                .hasMessageContaining("model.json");
        assertThatThrownBy(() -> models.add("m", minilm("output", "gone"), false, all))
                .hasMessageContaining("no output 'gone'")
                .hasMessageContaining("last_hidden_state");
        assertThatThrownBy(() -> models.add("m", minilm("pooling", "none"), false, all))
                .hasMessageContaining("[1, 384 or more]");
        assertThat(store.list("", "")).isEmpty();
    }

    @Test
    void filesThatAreNotWholeAreRefused() throws IOException {
        minilm();
        byte[] whole = Files.readAllBytes(folder.resolve("model.onnx"));
        Files.write(folder.resolve("model.onnx"), Arrays.copyOf(whole, whole.length - 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models.add("m", folder, false, all))
                .withMessageContaining("bytes");
        byte[] other = whole.clone();
        other[whole.length / 2] ^= 1;
        Files.write(folder.resolve("model.onnx"), other);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models.add("m", folder, false, all))
                .withMessageContaining("SHA-256");
        Files.write(folder.resolve("model.onnx"), Arrays.copyOf(whole, whole.length / 2));
        describe("model.onnx");
        assertThatThrownBy(() -> models.add("m", folder, false, all)).hasMessageContaining("ONNX Runtime says");
        Files.delete(folder.resolve("tokenizer.json"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models.add("m", folder, false, all))
                .withMessageContaining("tokenizer.json");
        assertThat(store.list("", "")).isEmpty();
    }

    @Test
    void anOperatorThatIsUnknownIsNamed() throws IOException {
        minilm();
        // ir_version 8; a graph of one node, y = Wish(input_ids); the operators of ONNX 13.
        // https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
        String node = "\n\tinput_ids" + "\u0012\u0001y" + "\"\u0004Wish";
        String type = "\u0012\u0004\n\u0002\b\u0007";
        String input = "\n\tinput_ids" + type;
        String output = "\n\u0001y" + type;
        String graph = "\n" + (char) node.length() + node + "\u0012\u0001g" + "Z" + (char) input.length() + input + "b"
                + (char) output.length() + output;
        String model = "\b\b" + ":" + (char) graph.length() + graph + "B\u0002\u0010\r";
        Files.write(folder.resolve("model.onnx"), model.getBytes(StandardCharsets.ISO_8859_1));
        describe("model.onnx");
        assertThatThrownBy(() -> models.add("m", folder, false, all))
                .hasMessageContaining("Wish")
                .hasMessageContaining("export the model with the standard ones");
    }

    @Test
    void whatIsDamagedInTheStoreIsNotLoaded() throws IOException {
        models.add("mine", minilm(), false, all);
        String key = store.list("_models/mine/", "").stream()
                .map(ObjectStore.Listed::key)
                .filter(k -> k.endsWith("model.onnx"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = store.get(key).orElseThrow().bytes().clone();
        bytes[100] ^= 1;
        store.delete(key);
        store.putUnique(key, Content.of(bytes));
        assertThatThrownBy(() -> embed("mine", TEXT))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("SHA-256");
        store.delete(key);
        assertThatThrownBy(() -> embed("mine", TEXT))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("is not there");
    }

    @Test
    void wordsAreTheirVectorsAndSentencesTheirMean() throws IOException {
        models.add("w", words("3 2", "fast 3 4", "slow 0 2", "New_York -1 0"), false, all);
        assertThat(embed("w", "fast")).containsExactly(0.6f, 0.8f);
        assertThat(embed("w", " New_York ")).containsExactly(-1, 0);
        assertThat(Vectors.norm(embed("w", "Fast and slow"))).isCloseTo(1, within(1e-6));
        EmbedOperation embed = new EmbedOperation(all);
        assertThat(Fixtures.problemOf(() -> embed.embed(
                        new EmbedRequest("w", List.of(new EmbedInput("slow"), new EmbedInput("unheard of")), null))))
                .satisfies(p -> {
                    assertThat(p.status()).isEqualTo(400);
                    assertThat(p.errors().getFirst().pointer()).isEqualTo("/inputs/1/text");
                    assertThat(p.detail()).contains("knows no word of the text 'unheard of'");
                });
    }

    @Test
    void vectorsOfAnotherDimensionAreRefused() {
        assertThatThrownBy(() -> models.add("w", words("1 3", "a 1 2 3"), false, all))
                .hasMessageContaining("Set 'dimension' to 3");
    }

    @Test
    void aModelIsReplacedOnlyWhenThatIsAsked() throws IOException {
        String first = models.add("w", words("1 2", "a 1 0"), false, all).reference();
        words("1 2", "a 0 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> models.add("w", folder, false, all))
                .withMessageContaining("--replace");
        assertThat(embed("w", "a")).containsExactly(1, 0);
        String second = models.add("w", folder, true, all).reference();
        assertThat(second).isNotEqualTo(first);
        assertThat(embed("w", "a")).containsExactly(0, 1);
        assertThat(store.list("_models/w/", "")).as("files of the second only").hasSize(2);
        try (ModelStore other = new ModelStore(store)) {
            assertThat(Fixtures.problemOf(() -> other.find(first, all)).detail())
                    .contains("was replaced");
        }
    }

    @Test
    void theVersionIsOfWhatVectorsDependOn() throws IOException {
        words("1 2", "a 1 0");
        String first = models.add("w", folder, false, all).reference();
        ModelStore.describe(
                folder,
                List.of("vectors.vec"),
                Map.of("family", "words", "dimension", 2, "licence", "CC0", "relevance", 0.1));
        assertThat(models.add("w", folder, true, all).reference()).isEqualTo(first);
    }

    @Test
    void aCollectionKeepsTheVersionThatItWasMadeWith() throws IOException {
        String first = models.add("w", words("1 2", "a 1 0"), false, all).reference();
        try (Database database = new Database(store, Settings.defaults())) {
            CollectionOperations collections = new CollectionOperations(database, all);
            assertThat(collections
                            .create(new CreateCollectionRequest("c", null, null, "w", null, null, null))
                            .model())
                    .isEqualTo(first);
            assertThat(ModelStore.usedBy(database, "w")).containsExactly("c");
            assertThat(database.names()).containsExactly("c");
            models.add("w", words("1 2", "a 0 1"), true, all);
            try (ModelStore other = new ModelStore(store);
                    EmbeddingModels later = new EmbeddingModels(Fixtures.config(), other)) {
                TextEmbedder[] none = new TextEmbedder[1];
                assertThat(Fixtures.problemOf(() -> none[0] = RecordOperations.embedder(
                                        later, database.collection("c").schema(), database.collection("c"), ""))
                                .status())
                        .isEqualTo(409);
            }
        }
    }

    @Test
    void aNameThatIsUnknownListsThoseThatAreThere() throws IOException {
        models.add("w", words("1 2", "a 1 0"), false, all);
        assertThat(Fixtures.problemOf(() -> all.get("Gone!", "/model")).detail())
                .contains("all-minilm-l6-v2, bge-small-en-v1.5, w");
    }

    @Test
    void aNameThatCannotBeOneIsRefused() throws IOException {
        words("1 2", "a 1 0");
        for (String name : List.of("", "A", "a@b", "../a", "a/b", ".a", "a".repeat(64))) {
            assertThatIllegalArgumentException().isThrownBy(() -> models.add(name, folder, false, all));
        }
    }
}
