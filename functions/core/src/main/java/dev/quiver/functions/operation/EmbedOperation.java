package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.UnknownTextException;
import dev.quiver.functions.operation.Messages.EmbedInput;
import dev.quiver.functions.operation.Messages.EmbedRequest;
import dev.quiver.functions.operation.Messages.EmbedResponse;
import dev.quiver.functions.operation.Messages.Purpose;
import dev.quiver.functions.operation.Messages.Truncated;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.util.List;

/** {@code embed}: texts to vectors. */
public final class EmbedOperation {
    private final EmbeddingModels models;

    public EmbedOperation(EmbeddingModels models) {
        this.models = models;
    }

    public EmbedResponse embed(EmbedRequest request) {
        Check check = Check.of(request).size(request.inputs(), Limits.INPUTS, "/inputs");
        for (int i = 0; request.inputs() != null && i < request.inputs().size(); i++) {
            EmbedInput input = request.inputs().get(i);
            check.given(input == null ? null : input.text(), "/inputs/" + i + "/text");
        }
        check.done();
        TextEmbedder embedder = models.get(request.model(), "/model");
        TextEmbedder.Embedded embedded;
        try {
            embedded = embedder.embed(
                    request.inputs().stream().map(EmbedInput::text).toList(),
                    request.purpose() == Purpose.QUERY ? TextEmbedder.Purpose.QUERY : TextEmbedder.Purpose.DOCUMENT);
        } catch (UnknownTextException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/inputs/" + e.index() + "/text", e.getMessage());
        }
        return new EmbedResponse(
                embedder.model(), embedder.dimension(), embedded.vectors(), truncated(embedded.truncations()));
    }

    static List<Truncated> truncated(List<TextEmbedder.Truncation> truncations) {
        return truncations.stream()
                .map(t -> new Truncated(t.index(), t.tokens(), t.used()))
                .toList();
    }
}
