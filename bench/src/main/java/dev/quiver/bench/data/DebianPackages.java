package dev.quiver.bench.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What each package of the Debian archive depends on, as {@code apt-cache dumpavail} lists it: a graph, and baskets of things that are wanted together. */
public final class DebianPackages {
    private DebianPackages() {}

    /**
     * Packages that depend on others, with these, of an alternative the first.
     *
     * @throws UnavailableException if this is no Debian with lists of packages
     */
    public static Map<String, List<String>> dependencies() throws IOException, InterruptedException {
        if (!Commands.exists("apt-cache")) {
            throw new UnavailableException("there is no apt-cache here");
        }
        Process process = new ProcessBuilder("apt-cache", "dumpavail")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Map<String, Set<String>> all = new LinkedHashMap<>();
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String name = null;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("Package: ")) {
                    name = line.substring(9).strip();
                    all.putIfAbsent(name, new LinkedHashSet<>());
                } else if (name != null && (line.startsWith("Depends: ") || line.startsWith("Pre-Depends: "))) {
                    for (String one : line.substring(line.indexOf(' ')).split(",")) {
                        String wanted = one.split("\\|")[0].strip().split("[ (:]")[0];
                        if (!wanted.isEmpty() && !wanted.equals(name)) {
                            all.get(name).add(wanted);
                        }
                    }
                }
            }
        }
        process.waitFor();
        Map<String, List<String>> dependencies = new LinkedHashMap<>();
        all.forEach((name, wanted) -> {
            List<String> known = wanted.stream().filter(all::containsKey).toList();
            if (!known.isEmpty()) {
                dependencies.put(name, new ArrayList<>(known));
            }
        });
        if (dependencies.size() < 1000) {
            throw new UnavailableException(
                    "apt has lists of only " + all.size() + " packages here; `apt-get update` fetches them");
        }
        return dependencies;
    }
}
