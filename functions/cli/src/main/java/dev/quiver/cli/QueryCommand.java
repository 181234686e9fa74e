package dev.quiver.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.Hit;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "query", description = "Find the passages nearest to a text.", mixinStandardHelpOptions = true)
final class QueryCommand implements Callable<Integer> {
    private static final int LINES = 6;

    @Parameters(index = "0", paramLabel = "COLLECTION")
    private String collection;

    @Parameters(index = "1", paramLabel = "TEXT")
    private String text;

    @Option(
            names = {"-k", "--top"},
            paramLabel = "N",
            description = "How many (default: ${DEFAULT-VALUE}).",
            defaultValue = "5")
    private int topK;

    @Option(
            names = "--filter",
            paramLabel = "JSON",
            description = "Only records whose attributes match, such as '{\"source\": {\"$startsWith\": \"guide/\"}}'.")
    private String filter;

    @Option(
            names = "--accuracy",
            paramLabel = "SHARE",
            description = "The share of the true nearest to find, 0.5 to 1 (default: 0.95).")
    private Double accuracy;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "vector: what is near; text: what has the words; hybrid: both (default: vector).")
    private Mode mode;

    @Option(names = "--json", description = "Print the answer as the API gives it.")
    private boolean asJson;

    @Mixin
    private RerankOption reranking;

    @Mixin
    private Operations.Choice quiver;

    @Override
    public Integer call() throws Exception {
        ObjectMapper json = Json.strictMapper();
        Map<String, Object> where = filter == null ? null : json.readValue(filter, new TypeReference<>() {});
        try (Operations operations = quiver.open()) {
            QueryResponse answer = operations.query(
                    QueryRequest.near(collection, text, topK, where, accuracy, mode, reranking.rerank()));
            if (asJson) {
                System.out.println(json.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
            } else {
                print(answer);
            }
        }
        return 0;
    }

    private void print(QueryResponse answer) {
        int n = 0;
        for (Hit hit : answer.hits()) {
            System.out.printf(
                    "%s %s%n",
                    Terminal.bold(
                            "%2d  %.3f".formatted(++n, hit.rerankScore() == null ? hit.score() : hit.rerankScore())),
                    Terminal.source(hit.id(), hit.attributes()));
            if (hit.text() != null) {
                System.out.print(Terminal.wrap(hit.text(), "           ", LINES));
            }
        }
        if (answer.hits().isEmpty()) {
            System.out.println("Nothing found.");
        }
        System.out.println(Terminal.faint("%d hits by %s in %.0f ms (%.0f ms of it the model)"
                .formatted(
                        answer.hits().size(),
                        answer.scoring(),
                        answer.took().total(),
                        answer.took().embed())));
    }
}
