package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The pages of {@code docs/}, so that what they show is what the tests run: a block of a page is run as it stands, or a region of a test stands in the page as it is. */
final class Documentation {
    /** What the pages' examples call; the server under test is elsewhere. */
    static final String SERVER = "http://localhost:8080";

    private Documentation() {}

    /** The blocks of code on a page in this language, in order. */
    static List<String> blocks(String page, String language) {
        return Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(read(Path.of("../../docs", page)))
                .results()
                .map(m -> m.group(1))
                .toList();
    }

    /** Checks that the page shows what stands between {@code // begin name} and {@code // end name} in a test's source. */
    static void assertShows(String page, Class<?> test, String name) {
        String source = read(Path.of("src/test/java", test.getName().replace('.', '/') + ".java"));
        String begin = "// begin " + name + "\n";
        assertThat(source).contains(begin, "// end " + name);
        String region = source.substring(source.indexOf(begin) + begin.length(), source.indexOf("// end " + name));
        String code = region.stripTrailing().stripIndent().lines().collect(Collectors.joining("\n", "", "\n"));
        assertThat(blocks(page, "java")).as("the Java on the page " + page).anySatisfy(b -> assertThat(b)
                .isEqualTo(code));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
