package dev.quiver.examples;

import dev.quiver.embeddings.evaluation.Comparison;
import dev.quiver.embeddings.evaluation.Evaluation;
import dev.quiver.embeddings.evaluation.Judgements;
import dev.quiver.embeddings.evaluation.Measure;
import dev.quiver.embeddings.evaluation.Run;
import dev.quiver.embeddings.items.ItemRecommender;
import dev.quiver.embeddings.items.ItemRecommender.Recommendation;
import dev.quiver.embeddings.items.ItemTraining;
import dev.quiver.embeddings.training.TrainingOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * What else? Learns item2vec from baskets or ratings, and tells whether that is better than what is popular and than item-kNN: one item is taken out of each basket that was held out, and is to be among the ten that are
 * recommended for the rest.
 *
 * <pre>RecommendItems baskets.txt models/items | RecommendItems --ratings ratings.csv models/movies</pre>
 */
public final class RecommendItems {
    private static final int WANTED = 10;
    private static final int LEAST = 3;

    private RecommendItems() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        boolean ratings = args.length > 0 && args[0].equals("--ratings");
        if (args.length != (ratings ? 3 : 2)) {
            System.err.println("usage: RecommendItems [--ratings] FILE FOLDER");
            System.exit(2);
        }
        Path file = Path.of(args[args.length - 2]);
        List<List<String>> baskets = ratings ? Baskets.ofRatings(file) : Baskets.read(file);
        measure(baskets, Path.of(args[args.length - 1]), 20)
                .forEach((name, found) -> System.out.printf(
                        Locale.ROOT,
                        "%-12s hit@10 %.3f (%.3f to %.3f)%n",
                        name,
                        found.mean().mean(),
                        found.mean().low(),
                        found.mean().high()));
    }

    /** One of the ways to recommend. */
    interface Way {
        List<String> recommend(Collection<String> basket);
    }

    /** By the name of each way whether it hit, basket by basket. */
    static Map<String, Evaluation> measure(List<List<String>> baskets, Path folder, int epochs)
            throws IOException, InterruptedException {
        List<List<String>> all =
                new ArrayList<>(baskets.stream().filter(b -> b.size() >= LEAST).toList());
        if (all.size() < 20) {
            throw new IllegalArgumentException("There are " + all.size() + " baskets of at least " + LEAST
                    + " items; 20 are the least to learn and to test with.");
        }
        Random random = new Random(1);
        Collections.shuffle(all, random);
        int tests = Math.min(2000, all.size() / 10);
        List<List<String>> learned = all.subList(tests, all.size());

        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put("popularity", popularity(learned));
        ways.put("item-kNN", neighbours(learned));
        ItemRecommender model = train(learned, folder, epochs);
        ways.put("item2vec", basket -> model.recommend(basket, WANTED).stream()
                .map(Recommendation::item)
                .toList());

        Map<String, Map<String, Integer>> wanted = new LinkedHashMap<>();
        Map<String, List<String>> rest = new LinkedHashMap<>();
        for (int i = 0; i < tests; i++) {
            List<String> basket = new ArrayList<>(all.get(i));
            wanted.put("basket " + i, Map.of(basket.remove(random.nextInt(basket.size())), 1));
            rest.put("basket " + i, basket);
        }
        Map<String, Evaluation> hits = new LinkedHashMap<>();
        ways.forEach((name, way) -> {
            Map<String, List<String>> answers = new LinkedHashMap<>();
            rest.forEach((basket, items) -> answers.put(basket, way.recommend(items)));
            hits.put(name, Evaluation.of(new Judgements(wanted), new Run(answers), Measure.hit(WANTED)));
        });
        System.out.println("item2vec instead of item-kNN? "
                + Comparison.of(hits.get("item-kNN"), hits.get("item2vec")).advice());
        return hits;
    }

    private static ItemRecommender train(List<List<String>> baskets, Path folder, int epochs)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path file = Files.write(
                folder.resolve("baskets.txt"),
                baskets.stream().map(b -> String.join(" ", b)).toList());
        return ItemTraining.train(
                List.of(file),
                ItemTraining.defaults().withMinCount(LEAST).withDim(64).withEpoch(epochs),
                TrainingOutput.in(folder));
    }

    private static Map<String, List<Integer>> holders(List<List<String>> baskets) {
        Map<String, List<Integer>> holders = new HashMap<>();
        for (int b = 0; b < baskets.size(); b++) {
            for (String item : baskets.get(b)) {
                holders.computeIfAbsent(item, _ -> new ArrayList<>()).add(b);
            }
        }
        return holders;
    }

    private static Way popularity(List<List<String>> baskets) {
        Map<String, Double> counts = new HashMap<>();
        holders(baskets).forEach((item, in) -> counts.put(item, (double) in.size()));
        return basket -> best(counts, basket);
    }

    /** Items by the cosine of the baskets that they are in with those of each item of the basket. */
    private static Way neighbours(List<List<String>> baskets) {
        Map<String, List<Integer>> holders = holders(baskets);
        return basket -> {
            Map<String, Double> scores = new HashMap<>();
            for (String item : basket) {
                List<Integer> in = holders.getOrDefault(item, List.of());
                for (int b : in) {
                    for (String other : baskets.get(b)) {
                        scores.merge(
                                other,
                                1
                                        / Math.sqrt((double) in.size()
                                                * holders.get(other).size()),
                                Double::sum);
                    }
                }
            }
            return best(scores, basket);
        };
    }

    private static List<String> best(Map<String, Double> scores, Collection<String> without) {
        return scores.entrySet().stream()
                .filter(e -> !without.contains(e.getKey()))
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(WANTED)
                .map(Map.Entry::getKey)
                .toList();
    }
}
