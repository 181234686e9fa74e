package dev.quiver.embeddings.adapters;

import dev.quiver.embeddings.evaluation.InvalidJudgementsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.function.Function;

/**
 * Pairs as a file has them, such as a log of clicks: a line each with a query, a document and, at will, a weight between tabs. Queries and documents are texts, or names for which the caller has vectors. A weight of 0 says that the document
 * was seen and not wanted; above, how often it was, or how much.
 */
public record PairFile(List<Pair> pairs) {

    /** @param weight 0 if the document is not relevant to the query */
    public record Pair(String query, String document, double weight) {}

    /** Makes vectors of texts, in their order. */
    public interface Vectors extends Function<List<String>, List<float[]>> {}

    public PairFile {
        pairs = List.copyOf(pairs);
    }

    /** @throws InvalidJudgementsException with the line, if the file is not like that */
    public static PairFile read(Path file) throws IOException {
        List<Pair> pairs = new ArrayList<>();
        int number = 0;
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (!line.isBlank()) {
                    pairs.add(pair(line, file, number));
                }
            }
        } catch (MalformedInputException e) {
            throw new InvalidJudgementsException(file + " is not UTF-8 after line " + number + ". Save it as UTF-8.");
        }
        if (pairs.stream().noneMatch(p -> p.weight > 0)) {
            throw new InvalidJudgementsException(file + " has no pair with a weight above 0.");
        }
        return new PairFile(pairs);
    }

    private static Pair pair(String line, Path file, int number) {
        String[] fields = line.split("\t", -1);
        if (fields.length < 2 || fields.length > 3 || fields[0].isBlank() || fields[1].isBlank()) {
            throw new InvalidJudgementsException("Line " + number + " of " + file
                    + " is not a query, a document and, at will, a weight, between tabs.");
        }
        double weight = 1;
        if (fields.length == 3) {
            try {
                weight = Double.parseDouble(fields[2].strip());
            } catch (NumberFormatException e) {
                weight = Double.NaN;
            }
            if (!(weight >= 0 && weight <= 1e9)) {
                throw new InvalidJudgementsException("Line " + number + " of " + file + " has the weight '" + fields[2]
                        + "'; let it be a number from 0 to 1e9.");
            }
        }
        return new Pair(fields[0].strip(), fields[1].strip(), weight);
    }

    /** With the vectors of the base model, each made once. */
    public AdapterPairs embed(int dimension, Vectors queries, Vectors documents) {
        AdapterPairs.Builder builder = new AdapterPairs.Builder(dimension);
        vectors(pairs.stream().map(Pair::query).distinct().toList(), queries).forEach(builder::query);
        vectors(pairs.stream().map(Pair::document).distinct().toList(), documents)
                .forEach(builder::document);
        for (Pair p : pairs) {
            if (p.weight > 0) {
                builder.pair(p.query, p.document, p.weight);
            } else {
                builder.irrelevant(p.query, p.document);
            }
        }
        return builder.build();
    }

    private static Map<String, float[]> vectors(SequencedCollection<String> texts, Vectors model) {
        List<String> list = List.copyOf(texts);
        List<float[]> vectors = model.apply(list);
        if (vectors.size() != list.size()) {
            throw new IllegalArgumentException(
                    "There are " + list.size() + " texts, but the model made " + vectors.size() + " vectors of them.");
        }
        Map<String, float[]> byText = new LinkedHashMap<>();
        for (int i = 0; i < list.size(); i++) {
            byText.put(list.get(i), vectors.get(i));
        }
        return byText;
    }
}
