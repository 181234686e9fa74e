package dev.quiver.bench.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What people say Debian's packages are for (debtags), beside the line that describes each. One package stands for all that are built of the same source, whose lines are nearly the same. */
public final class DebianTags {
    private static final Pattern TAG = Pattern.compile("([a-z0-9-]+)::([^,\\s]+)");
    /** Facets that say what a package is for. Others say how it was made. */
    private static final Set<String> FACETS = Set.of(
            "use",
            "works-with",
            "works-with-format",
            "field",
            "protocol",
            "game",
            "web",
            "sound",
            "mail",
            "network",
            "security",
            "admin",
            "biology",
            "science",
            "office",
            "hardware",
            "filetransfer",
            "accessibility");

    private static final Set<String> FIELDS = Set.of("Package", "Source", "Description", "Tag");

    private DebianTags() {}

    /** @param purposes tags of the facets that say what it is for */
    public record Tagged(String name, String description, Set<String> purposes) {}

    /**
     * Packages with at least so many tags that say what they are for.
     *
     * @throws UnavailableException if this is no Debian with lists of packages
     */
    public static List<Tagged> read(int least) throws IOException, InterruptedException {
        Map<String, Tagged> bySource = new LinkedHashMap<>();
        for (Map<String, String> fields : packages()) {
            put(fields, least, bySource);
        }
        Collection<Tagged> found = bySource.values();
        if (found.size() < 1000) {
            throw new UnavailableException("apt has only " + found.size()
                    + " packages with such tags; `apt-get update` fetches lists of them");
        }
        return new ArrayList<>(found);
    }

    /** Writes features of all packages that have tags, of each of the most frequent ones whether it is there, as text that GloVe's vectors are in. */
    public static void write(Path file, int most) throws IOException, InterruptedException {
        Map<String, Set<String>> tagged = new LinkedHashMap<>();
        Map<String, Integer> counts = new TreeMap<>();
        for (Map<String, String> fields : packages()) {
            Matcher tags = TAG.matcher(fields.getOrDefault("Tag", ""));
            while (tags.find()) {
                if (tagged.computeIfAbsent(fields.get("Package"), _ -> new TreeSet<>())
                        .add(tags.group())) {
                    counts.merge(tags.group(), 1, Integer::sum);
                }
            }
        }
        List<String> known = counts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList();
        Files.write(file, (Iterable<String>) tagged.entrySet().stream()
                .map(e -> e.getKey()
                        + known.stream()
                                .map(t -> e.getValue().contains(t) ? " 1" : " 0")
                                .collect(Collectors.joining()))::iterator);
    }

    private static List<Map<String, String>> packages() throws IOException, InterruptedException {
        if (!Commands.exists("apt-cache")) {
            throw new UnavailableException("there is no apt-cache here");
        }
        Process process = new ProcessBuilder("apt-cache", "dumpavail")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<Map<String, String>> packages = new ArrayList<>();
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Map<String, String> fields = new LinkedHashMap<>();
            String field = "";
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int colon = line.indexOf(':');
                if (line.isEmpty()) {
                    packages.add(fields);
                    fields = new LinkedHashMap<>();
                } else if (line.charAt(0) == ' ') {
                    // Of a description the first line is enough; tags go on.
                    if (field.equals("Tag")) {
                        fields.merge(field, line, String::concat);
                    }
                } else if (colon > 0) {
                    field = line.substring(0, colon);
                    if (FIELDS.contains(field)) {
                        fields.put(field, line.substring(colon + 1).strip());
                    }
                }
            }
        }
        process.waitFor();
        packages.removeIf(p -> !p.containsKey("Package"));
        return packages;
    }

    private static void put(Map<String, String> fields, int least, Map<String, Tagged> bySource) {
        String name = fields.get("Package");
        String description = fields.get("Description");
        if (description == null) {
            return;
        }
        Set<String> purposes = new TreeSet<>();
        Matcher tags = TAG.matcher(fields.getOrDefault("Tag", ""));
        while (tags.find()) {
            if (FACETS.contains(tags.group(1)) && !tags.group(2).equals("TODO")) {
                purposes.add(tags.group());
            }
        }
        if (purposes.size() >= least) {
            String source = fields.getOrDefault("Source", name).split(" ")[0];
            bySource.putIfAbsent(source, new Tagged(name, description, purposes));
        }
    }
}
