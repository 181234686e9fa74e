package dev.quiver.bench.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** WordNet's sets of synonyms and what it says of each (https://wordnet.princeton.edu), from Debian's package {@code wordnet-base}. */
public final class WordNet {
    private static final String PACKAGE = "wordnet-base";
    private static final String PLACE = "usr/share/wordnet";

    private WordNet() {}

    /**
     * @param words in lower case, of one word each
     * @param gloss its definition and examples
     */
    public record SynonymSet(List<String> words, String gloss) {}

    /** @throws UnavailableException if it is neither installed nor to be had */
    public static List<SynonymSet> read() throws IOException, InterruptedException {
        Path folder = Path.of("/").resolve(PLACE);
        if (!Files.isReadable(folder.resolve("data.noun"))) {
            Path downloads = Cache.folder().resolve(PACKAGE);
            folder = downloads.resolve(PLACE);
            if (!Files.isReadable(folder.resolve("data.noun"))) {
                Debian.unpack(PACKAGE, downloads);
            }
        }
        List<SynonymSet> sets = new ArrayList<>();
        for (String kind : List.of("noun", "verb", "adj", "adv")) {
            try (BufferedReader in = Files.newBufferedReader(folder.resolve("data." + kind), StandardCharsets.UTF_8)) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    // The licence stands before the data, indented.
                    if (!line.startsWith(" ")) {
                        sets.add(set(line));
                    }
                }
            }
        }
        return sets;
    }

    /** See wndb(5WN): offset, file, kind, the number of words in hexadecimal, words with their ids, pointers, and the gloss after a bar. */
    private static SynonymSet set(String line) {
        String[] fields = line.split(" ");
        int count = Integer.parseInt(fields[3], 16);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String word = fields[4 + 2 * i].toLowerCase(Locale.ROOT).replaceAll("\\((a|p|ip)\\)$", "");
            if (word.matches("[a-z]+") && !words.contains(word)) {
                words.add(word);
            }
        }
        int bar = line.indexOf('|');
        return new SynonymSet(words, bar < 0 ? "" : line.substring(bar + 1).strip());
    }

    /** Debian's packages, unpacked without installing them. */
    static final class Debian {
        private Debian() {}

        static void unpack(String name, Path folder) throws IOException, InterruptedException {
            Commands.run(folder, Map.of(), List.of("apt-get", "download", name));
            try (Stream<Path> files = Files.list(folder)) {
                Path archive = files.filter(f -> f.toString().endsWith(".deb"))
                        .findFirst()
                        .orElseThrow(() -> new UnavailableException("`apt-get download` left no package"));
                Commands.run(folder, Map.of(), List.of("dpkg", "-x", archive.toString(), "."));
            }
        }
    }
}
