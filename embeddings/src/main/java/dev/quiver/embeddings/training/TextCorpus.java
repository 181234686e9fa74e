package dev.quiver.embeddings.training;

import dev.quiver.embeddings.words.Subwords;
import dev.quiver.embeddings.words.Tokens;
import dev.quiver.embeddings.words.Vocabulary;
import dev.quiver.embeddings.words.VocabularyBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A text that is learned from: read twice, once to count its words and once to write it down in their numbers. Words are separated as fastText does;
 * lower case and punctuation are for who makes the file.
 *
 * @param documents their ids, if lines are documents, or else empty
 * @param pruned whether there were more different words than could be counted
 */
public record TextCorpus(Vocabulary vocabulary, EncodedCorpus sentences, List<String> documents, boolean pruned) {
    private static final byte[] LINE_END = Subwords.LINE_END.getBytes(StandardCharsets.UTF_8);

    /** What a line of the file is. */
    public enum Lines {
        /** Text, whose ends are words, too, as in fastText. */
        TEXT,
        /** A sentence or a set, of nothing but its words. */
        SETS,
        /** A document, whose id is its number, from 1. */
        DOCUMENTS,
        /** A document's id, a tab, and its words. */
        DOCUMENTS_WITH_IDS
    }

    /**
     * @param work a folder for the numbers, which may take as much room as the text
     * @throws IllegalArgumentException if there is nothing in it to learn from
     */
    public static TextCorpus read(List<Path> files, Lines lines, int minCount, Path work) throws IOException {
        VocabularyBuilder builder = new VocabularyBuilder();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(
                        file + " is no file. A corpus is read twice, so it cannot be a folder or a pipe.");
            }
            try (Tokens in = open(file)) {
                boolean begins = true;
                while (true) {
                    if (begins && lines == Lines.DOCUMENTS_WITH_IDS) {
                        id(in);
                    }
                    Tokens.Kind kind = in.next();
                    if (kind == Tokens.Kind.END) {
                        break;
                    }
                    begins = kind == Tokens.Kind.LINE_END;
                    if (!begins) {
                        builder.add(in.buffer(), in.from(), in.to());
                    } else if (lines == Lines.TEXT) {
                        builder.add(LINE_END, 0, LINE_END.length);
                    }
                }
            }
        }
        if (builder.size() == 0) {
            throw new IllegalArgumentException(
                    "There is no word in " + names(files) + ". Give a text, with spaces between its words.");
        }
        Vocabulary vocabulary = builder.build(minCount);
        if (vocabulary.size() == 0) {
            throw new IllegalArgumentException("No word occurs " + minCount + " times in " + names(files)
                    + ". Lower minCount, or give a larger corpus.");
        }
        return encode(files, lines, vocabulary, builder.pruned(), work);
    }

    private static TextCorpus encode(List<Path> files, Lines lines, Vocabulary vocabulary, boolean pruned, Path work)
            throws IOException {
        boolean documents = lines == Lines.DOCUMENTS || lines == Lines.DOCUMENTS_WITH_IDS;
        List<String> ids = new ArrayList<>();
        int lineEnd = lines == Lines.TEXT ? vocabulary.find(LINE_END, 0, LINE_END.length) : -1;
        try (EncodedCorpus.Writer out = new EncodedCorpus.Writer(work, vocabulary.tokens())) {
            for (Path file : files) {
                try (Tokens in = open(file)) {
                    boolean begins = true;
                    boolean named = false;
                    while (true) {
                        if (begins && documents) {
                            String id = lines == Lines.DOCUMENTS ? null : id(in);
                            named = id != null;
                            if (named) {
                                ids.add(id);
                            }
                        }
                        Tokens.Kind kind = in.next();
                        if (kind == Tokens.Kind.END) {
                            break;
                        }
                        if (kind == Tokens.Kind.WORD) {
                            if (documents && begins && !named) {
                                ids.add(
                                        files.size() == 1
                                                ? Long.toString(in.line())
                                                : file.getFileName() + ":" + in.line());
                            }
                            int word = vocabulary.find(in.buffer(), in.from(), in.to());
                            if (word >= 0) {
                                out.word(word, Math.max(0, ids.size() - 1));
                            }
                            begins = false;
                        } else {
                            if (lineEnd >= 0) {
                                out.word(lineEnd, 0);
                            }
                            out.end(Math.max(0, ids.size() - 1));
                            begins = true;
                        }
                    }
                    out.end(Math.max(0, ids.size() - 1));
                }
            }
            return new TextCorpus(vocabulary, out.finish(), List.copyOf(ids), pruned);
        }
    }

    private static Tokens open(Path file) throws IOException {
        return new Tokens(Files.newInputStream(file), file.toString());
    }

    /** What stands before the tab of a line, or null at the end of the file. */
    private static String id(Tokens in) throws IOException {
        long line = in.line();
        byte[] id = in.until((byte) '\t');
        if (id == null) {
            return null;
        }
        if (id.length == 0) {
            throw new IllegalArgumentException(
                    "Line " + line + " has no id before its first tab. Write an id, a tab and the words in each line.");
        }
        return new String(id, StandardCharsets.UTF_8);
    }

    private static String names(List<Path> files) {
        return files.size() == 1 ? files.getFirst().toString() : "the " + files.size() + " files";
    }
}
