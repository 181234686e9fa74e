package dev.quiver.functions.rerank;

import static dev.quiver.functions.Fixtures.config;
import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.Hit;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.RagResponse;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cross-encoder puts the hits of a query, and the passages of an answer, in its own order. */
class RerankedOperationsTest {
    private static final ObjectMapper JSON = Json.strictMapper();

    private Quiver quiver;

    @BeforeEach
    void fill(@TempDir Path folder) {
        quiver = new Quiver(config(
                "quiver.rerank.models.words.provider", "onnx",
                "quiver.rerank.models.words.file",
                        TinyCrossEncoder.write(folder).toString(),
                "quiver.rerank.models.words.tokenizer",
                        TinyCrossEncoder.tokenizer(folder).toString()));
        quiver.records().upsert(read(UpsertRequest.class, """
                {'collection': 'v', 'create': {'dimension': 2}, 'records': [
                  {'id': 'first', 'vector': [1, 0], 'text': 'red'},
                  {'id': 'mute', 'vector': [1, 0.1], 'attributes': {'title': 'green'}},
                  {'id': 'second', 'vector': [1, 0.2], 'text': 'green and blue'},
                  {'id': 'third', 'vector': [1, 0.3], 'text': 'green'},
                  {'id': 'far', 'vector': [-1, 0], 'text': 'green blue green'}]}"""));
    }

    @AfterEach
    void close() {
        quiver.close();
    }

    private static <T> T read(Class<T> type, String json) {
        try {
            return JSON.readValue(json.replace('\'', '"'), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private QueryResponse query(String fields) {
        return quiver.query().query(read(QueryRequest.class, "{'collection': 'v', 'vector': [1, 0], " + fields + "}"));
    }

    @Test
    void theBestOfTheSearchComeInTheModelsOrder() {
        QueryResponse answer = query("'rerank': {'model': 'words', 'query': 'green blue', 'depth': 4}");
        assertThat(answer.hits())
                .as("what has no text, and what lies deeper, follows")
                .extracting(Hit::id)
                .containsExactly("second", "third", "first", "mute", "far");
        assertThat(answer.hits().get(0).rerankScore()).isCloseTo(1 / (1 + Math.exp(-3)), within(1e-6));
        assertThat(answer.hits().get(0).score())
                .as("stays what it is")
                .isLessThan(answer.hits().get(2).score());
        assertThat(answer.hits().get(3).rerankScore()).isNull();
        assertThat(answer.hits().get(4).rerankScore()).isNull();
        assertThat(answer.took().rerank()).isNotNull();
        assertThat(answer.exhausted()).isTrue();
        assertThat(query("'topK': 1, 'rerank': {'query': 'green blue'}").hits())
                .as("chosen from more than are answered")
                .extracting(Hit::id)
                .containsExactly("far");
        assertThat(query("'topK': 2, 'rerank': {'query': 'green', 'field': 'title'}")
                        .hits())
                .extracting(Hit::id)
                .containsExactly("mute", "first");
    }

    @Test
    void boostsComeFirstAndGroupsBefore() {
        QueryResponse answer = query(
                "'boost': [{'filter': {'title': 'green'}, 'weight': 5}], 'rerank': {'query': 'green', 'depth': 1, 'field': 'title'}, 'topK': 2");
        assertThat(answer.hits()).extracting(Hit::id).containsExactly("mute", "first");
        assertThat(answer.hits().getFirst().rerankScore()).isNotNull();
        assertThat(answer.hits().getFirst().boostedScore()).isGreaterThan(5);
        assertThat(answer.nextToken()).isNull();
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        Problem p = problemOf(() -> query("'rerank': {}"));
        assertThat(p.errors()).extracting(e -> e.pointer()).containsExactly("/rerank/query");
        assertThat(problemOf(() -> query("'rerank': {'query': 'x', 'model': 'other'}"))
                        .status())
                .isEqualTo(404);
    }

    @Test
    void passagesAreChosenByTheModel() {
        quiver.records().upsert(read(UpsertRequest.class, """
                {'collection': 't', 'create': {}, 'records': [
                  {'id': 'near', 'text': 'To undo a deployment means to go back to the version before.'},
                  {'id': 'words', 'text': 'How do I roll back a deployment? Roll back with the deploy command and its option.'},
                  {'id': 'else', 'text': 'The canteen opens at noon.'}]}"""));
        String question = "{'collection': 't', 'question': 'How do I roll back a deployment?', 'topK': 1%s}";
        RagResponse answer = quiver.rag()
                .answer(read(
                        RagRequest.class, question.formatted(", 'rerank': {'query': 'undo means go version before'}")));
        assertThat(answer.usage().passages()).isEqualTo(1);
        assertThat(answer.citations()).extracting(c -> c.id()).containsExactly("near");
        assertThat(quiver.rag()
                        .answer(read(RagRequest.class, question.formatted("")))
                        .citations())
                .extracting(c -> c.id())
                .containsExactly("words");
    }
}
