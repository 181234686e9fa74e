package dev.quiver.bench.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Other programs that fetch things: npm, apt-get, dpkg. */
public final class Commands {
    private Commands() {}

    /** Whether a program is on the path. */
    public static boolean exists(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /**
     * Runs a program to its end.
     *
     * @throws UnavailableException with the last line of its output, if it fails or is not there
     */
    public static void run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        if (!exists(command.getFirst())) {
            throw new UnavailableException("there is no " + command.getFirst() + " here");
        }
        Files.createDirectories(folder);
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new UnavailableException("`" + String.join(" ", command.subList(0, Math.min(2, command.size())))
                    + "` failed: " + reason(output));
        }
    }

    /** The line that says most, on one line and not for ever. */
    public static String reason(String output) {
        List<String> lines =
                output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
        String line = lines.stream()
                .filter(l -> l.toLowerCase(java.util.Locale.ROOT).contains("err"))
                .findFirst()
                .orElse(lines.isEmpty() ? "without a word" : lines.getLast());
        return line.length() > 200 ? line.substring(0, 200) + " ..." : line;
    }
}
