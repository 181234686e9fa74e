package dev.quiver.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Code on a page of {@code docs/} that a test compiles and runs: it stands in the test between {@code // begin NAME} and {@code // end NAME}, and on the page as it is there, indented or not.
 */
public final class Snippets {
    private Snippets() {}

    /** What stands in a source file under a name, without indentation. */
    public static String region(Path source, String name) {
        List<String> lines = lines(source);
        int begin = lines.indexOf("// begin " + name);
        int end = lines.indexOf("// end " + name);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(
                    source + " has no lines '// begin " + name + "' and '// end " + name + "'.");
        }
        return String.join("\n", lines.subList(begin + 1, end));
    }

    /** A page, without indentation. */
    public static String page(Path page) {
        return String.join("\n", lines(page));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream().map(String::strip).collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
