package dev.quiver.api;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which model a client of OpenAI's API means by a name. OpenAI does not tell queries from documents, some models do; so what a text is for is the end of the model's name, {@code bge-small-en-v1.5:query}, which
 * every client can set. Without one it is a document.
 */
final class OpenAiModels {
    private static final String QUERY = ":query";
    private static final String DOCUMENT = ":document";

    private final EmbeddingModels models;
    private final Map<String, Choice> aliases = new LinkedHashMap<>();

    /** A model, and what texts are embedded for. */
    record Choice(TextEmbedder model, Purpose purpose) {}

    /**
     * @param aliases each {@code name=model}
     * @throws IllegalArgumentException if one is not, or its model does not exist
     */
    OpenAiModels(EmbeddingModels models, List<String> aliases) {
        this.models = models;
        for (String alias : aliases) {
            String[] parts = alias.strip().split("=", 2);
            if (parts.length != 2 || parts[0].isBlank()) {
                throw new IllegalArgumentException("quiver.openai.aliases has '" + alias
                        + "', which is not of the form name=model: text-embedding-3-small=bge-small-en-v1.5.");
            }
            Choice choice = choose(parts[1].strip())
                    .orElseThrow(() -> new IllegalArgumentException("quiver.openai.aliases has '" + alias
                            + "', and there is no model '" + parts[1].strip() + "'. The models are: "
                            + String.join(", ", models.names()) + "."));
            this.aliases.put(parts[0].strip(), choice);
        }
    }

    Optional<Choice> choose(String name) {
        if (aliases.containsKey(name)) {
            return Optional.of(aliases.get(name));
        }
        Optional<TextEmbedder> model = models.find(name);
        if (model.isPresent()) {
            return Optional.of(new Choice(model.get(), Purpose.DOCUMENT));
        }
        if (name.endsWith(QUERY)) {
            return choose(name.substring(0, name.length() - QUERY.length()))
                    .map(c -> new Choice(c.model(), Purpose.QUERY));
        }
        if (name.endsWith(DOCUMENT)) {
            return choose(name.substring(0, name.length() - DOCUMENT.length()))
                    .map(c -> new Choice(c.model(), Purpose.DOCUMENT));
        }
        return Optional.empty();
    }

    /** What can be asked for: each model, and each alias, for documents and for queries. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (String name : models.names()) {
            names.add(name);
            names.add(name + QUERY);
        }
        names.addAll(aliases.keySet());
        return names;
    }
}
