package dev.quiver.client;

import java.util.List;

/**
 * Texts to make vectors of, without a collection.
 *
 * @param model the server's default if null
 * @param inputs 1 to 2,048
 * @param purpose {@link Purpose#DOCUMENT} if null
 */
public record EmbedRequest(String model, List<EmbedInput> inputs, Purpose purpose) {
    public static EmbedRequest of(List<String> texts) {
        return new EmbedRequest(null, texts.stream().map(EmbedInput::new).toList(), null);
    }

    public EmbedRequest withModel(String other) {
        return new EmbedRequest(other, inputs, purpose);
    }

    public EmbedRequest withPurpose(Purpose other) {
        return new EmbedRequest(model, inputs, other);
    }
}
