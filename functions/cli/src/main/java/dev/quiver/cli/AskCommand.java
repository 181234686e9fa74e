package dev.quiver.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.Citation;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.RagResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ask",
        description = "Have a question answered from a collection's documents, with citations.",
        mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION")
    private String collection;

    @Parameters(index = "1", paramLabel = "QUESTION")
    private String question;

    @Option(
            names = {"-k", "--top"},
            paramLabel = "N",
            description = "Answer from so many passages.")
    private Integer topK;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "How passages are looked for: vector, text or hybrid (default: vector).")
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
        try (Operations operations = quiver.open()) {
            RagRequest request = new RagRequest(collection, question, topK, null, null, null, mode, reranking.rerank());
            if (asJson) {
                System.out.println(
                        json.writerWithDefaultPrettyPrinter().writeValueAsString(operations.answer(request)));
                return 0;
            }
            RagResponse answer = operations.stream(request, token -> {
                System.out.print(Terminal.harmless(token));
                System.out.flush();
            });
            System.out.println();
            if (!answer.citations().isEmpty()) {
                System.out.println();
            }
            for (Citation c : answer.citations()) {
                System.out.println(Terminal.bold("[" + c.number() + "] ") + Terminal.source(c.id(), c.attributes()));
            }
            return 0;
        }
    }
}
