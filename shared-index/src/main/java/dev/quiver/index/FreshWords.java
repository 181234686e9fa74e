package dev.quiver.index;

import dev.quiver.index.log.LogEntry;
import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextBuilder;
import dev.quiver.index.text.TextIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** The words of a log entry's rows, inverted when somebody searches for words the first time. */
final class FreshWords {
    private final LogEntry entry;
    private volatile TextIndex index;

    FreshWords(LogEntry entry) {
        this.entry = entry;
    }

    /** @param fields of the collection, so always the same */
    TextIndex index(List<TextField> fields) {
        TextIndex made = index;
        if (made == null) {
            try (TextBuilder builder =
                    new TextBuilder(entry.rows(), r -> entry.documents().get(r), fields, null)) {
                made = builder.build().inMemory("log entry " + entry.sequence());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            index = made;
        }
        return made;
    }
}
