package dev.quiver.bench.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private DebianTags() {}

    /** @param purposes tags of the facets that say what it is for */
    public record Tagged(String name, String description, Set<String> purposes) {}

    /**
     * Packages with at least so many tags that say what they are for.
     *
     * @throws UnavailableException if this is no Debian with lists of packages
     */
    public static List<Tagged> read(int least) throws IOException, InterruptedException {
        if (!Commands.exists("apt-cache")) {
            throw new UnavailableException("there is no apt-cache here");
        }
        Process process = new ProcessBuilder("apt-cache", "dumpavail")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Map<String, Tagged> bySource = new LinkedHashMap<>();
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Map<String, String> fields = new LinkedHashMap<>();
            String field = "";
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int colon = line.indexOf(':');
                if (line.isEmpty()) {
                    put(fields, least, bySource);
                    fields.clear();
                } else if (line.charAt(0) == ' ') {
                    fields.merge(field, line, String::concat);
                } else if (colon > 0) {
                    field = line.substring(0, colon);
                    fields.put(field, line.substring(colon + 1).strip());
                }
            }
            put(fields, least, bySource);
        }
        process.waitFor();
        Collection<Tagged> found = bySource.values();
        if (found.size() < 1000) {
            throw new UnavailableException(
                    "apt has only " + found.size() + " packages with such tags; `apt-get update` fetches lists of them");
        }
        return new ArrayList<>(found);
    }

    private static void put(Map<String, String> fields, int least, Map<String, Tagged> bySource) {
        String name = fields.get("Package");
        String description = fields.get("Description");
        if (name == null || description == null) {
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
            // The line alone: the paragraphs of the long form are not in every list.
            bySource.putIfAbsent(source, new Tagged(name, description.split(" {2}| \\.")[0].strip(), purposes));
        }
    }
}
