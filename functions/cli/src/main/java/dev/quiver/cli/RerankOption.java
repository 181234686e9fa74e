package dev.quiver.cli;

import dev.quiver.functions.operation.Messages.Rerank;
import picocli.CommandLine.Option;

/** The option that has hits put in a better order. */
final class RerankOption {
    private static final String DEFAULT = "";

    @Option(
            names = "--rerank",
            arity = "0..1",
            fallbackValue = DEFAULT,
            paramLabel = "MODEL",
            description = "Have a reranker order the best 50 (quiver.rerank.models); the default one if none is named.")
    private String model;

    /** Null if it was not given. */
    Rerank rerank() {
        return model == null ? null : new Rerank(model.equals(DEFAULT) ? null : model, null, null, null);
    }
}
