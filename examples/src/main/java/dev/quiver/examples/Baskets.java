package dev.quiver.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Things that were wanted together: from a file with a basket a line, or from ratings, where what one person liked is a basket. */
final class Baskets {
    /** Of five stars. */
    private static final double LIKED = 4;

    private Baskets() {}

    /** Items between spaces, a basket a line. One that is there twice counts once. */
    static List<List<String>> read(Path file) throws IOException {
        List<List<String>> baskets = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                baskets.add(List.copyOf(new LinkedHashSet<>(List.of(line.strip().split("\\s+")))));
            }
        }
        return baskets;
    }

    /**
     * Ratings in one of the layouts of MovieLens: user, movie, rating and time, between commas below a line of headings ({@code ratings.csv}), between tabs ({@code u.data}) or between double colons ({@code ratings.dat}).
     *
     * @throws IllegalArgumentException with the line that is not like that
     */
    static List<List<String>> ofRatings(Path file) throws IOException {
        Map<String, Set<String>> liked = new LinkedHashMap<>();
        int number = 0;
        // Older files have titles in Latin-1; in ratings all is ASCII.
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (line.isBlank() || number == 1 && line.startsWith("userId")) {
                    continue;
                }
                String[] fields = line.split("::|\t|,");
                double rating;
                try {
                    rating = Double.parseDouble(fields[2]);
                } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                    throw new IllegalArgumentException(
                            "Line " + number + " of " + file
                                    + " is not a user, a movie, a rating and a time between commas, tabs or double colons: "
                                    + line,
                            e);
                }
                if (rating >= LIKED) {
                    liked.computeIfAbsent(fields[0], _ -> new LinkedHashSet<>()).add(fields[1]);
                }
            }
        }
        return liked.values().stream().map(List::copyOf).toList();
    }
}
