package dev.quiver.cli;

import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorReader;
import dev.quiver.index.record.Record;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Words and their vectors: the word is the id and the text, and its place in the file, which for most files is its rank by frequency, an attribute. */
final class WordInput extends RecordInput {
    private final WordVectorReader in;
    private long rank;

    WordInput(Path file, Format format) throws IOException {
        in = WordVectorReader.open(
                file,
                switch (format) {
                    case GLOVE -> WordVectorFormat.GLOVE_TEXT;
                    case FASTTEXT -> WordVectorFormat.FASTTEXT_BINARY;
                    default -> {
                        WordVectorFormat shown = WordVectorFormat.of(file);
                        yield shown == WordVectorFormat.WORD2VEC_BINARY ? shown : WordVectorFormat.WORD2VEC_TEXT;
                    }
                });
    }

    @Override
    Record read() throws IOException {
        while (in.next()) {
            rank++;
            float[] vector = in.vector();
            // A zero vector has no direction, and says nothing of its word.
            if (!zero(vector)) {
                return new Record(in.word(), vector, in.word(), Map.of("rank", rank));
            }
        }
        return null;
    }

    private static boolean zero(float[] vector) {
        for (float v : vector) {
            if (v != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    String place() {
        return in.place() + ": ";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
