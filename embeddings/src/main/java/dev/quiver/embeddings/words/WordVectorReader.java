package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The words of a file with their vectors, one after the other, in as much memory as one of them takes (of fastText's models, as all of them do). */
public abstract sealed class WordVectorReader implements Closeable
        permits TextVectorReader, BinaryVectorReader, FastTextModel.Reader {

    /**
     * Opens a file.
     *
     * @param format null to look at the file
     * @throws InvalidModelException if it is not in that format
     */
    public static WordVectorReader open(Path file, WordVectorFormat format) throws IOException {
        if (Files.isRegularFile(file) && Files.size(file) == 0) {
            throw new InvalidModelException(file + " is empty.");
        }
        return switch (format == null ? WordVectorFormat.of(file) : format) {
            case WORD2VEC_TEXT -> new TextVectorReader(file, true);
            case GLOVE_TEXT -> new TextVectorReader(file, false);
            case WORD2VEC_BINARY -> new BinaryVectorReader(file);
            case FASTTEXT_BINARY -> FastTextModel.read(file, false).reader();
        };
    }

    public abstract int dimension();

    /** How many words the file says it has. */
    public abstract OptionalLong expected();

    /** Goes to the next word; false after the last. */
    public abstract boolean next() throws IOException;

    public abstract String word();

    /** The word's vector, an array of its own. */
    public abstract float[] vector();

    /** Where in the file the word stands, for messages. */
    public abstract String place();

    @Override
    public abstract void close() throws IOException;
}
