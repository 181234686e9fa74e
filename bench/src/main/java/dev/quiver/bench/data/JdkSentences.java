package dev.quiver.bench.data;

import dev.quiver.functions.documents.Chunker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Distinct sentences of the JDK's own documentation, which every JDK brings with it. */
public final class JdkSentences {
    private static final int SHORTEST = 40;
    private static final int LONGEST = 160;
    private static final Pattern JAVADOC = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);

    private JdkSentences() {}

    /** In an order that is always the same and no order; none if this JDK comes without its sources. */
    public static List<String> read() throws IOException {
        Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        Set<String> sentences = new LinkedHashSet<>();
        if (!Files.exists(sources)) {
            return List.of();
        }
        BreakIterator boundaries = BreakIterator.getSentenceInstance(Locale.ROOT);
        try (ZipFile zip = new ZipFile(sources.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (!entry.getName().endsWith(".java")) {
                    continue;
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    Matcher comment = JAVADOC.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                    while (comment.find()) {
                        for (String s : Chunker.split(prose(comment.group(1)), boundaries)) {
                            String sentence = s.strip();
                            if (sentence.length() >= SHORTEST && sentence.length() <= LONGEST) {
                                sentences.add(sentence);
                            }
                        }
                    }
                }
            }
        }
        List<String> shuffled = new ArrayList<>(sentences);
        Collections.shuffle(shuffled, new Random(1));
        return shuffled;
    }

    /** A comment up to its first block tag, without markup. */
    private static String prose(String comment) {
        String text = comment.replaceAll("\\R\\s*\\*", " ");
        int tags = text.indexOf(" @");
        return (tags < 0 ? text : text.substring(0, tags))
                .replaceAll("\\{@\\w+ ([^}]*)\\}", "$1")
                .replaceAll("<[^>]*>", " ")
                .replaceAll("\\s+", " ");
    }
}
