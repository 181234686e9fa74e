package dev.quiver.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;

/** LangChain4j's suite for stores that remove, over a database of the caller's. */
class EmbeddedRemovalTest extends EmbeddingStoreWithRemovalIT {
    private final Database database = new Database(new MemoryStore(), Settings.defaults());
    private final QuiverEmbeddingStore store =
            QuiverEmbeddingStore.embedded(database, "embeddings", RememberingModel.DIMENSION);

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Override
    protected EmbeddingStore<TextSegment> embeddingStore() {
        return store;
    }

    @Override
    protected EmbeddingModel embeddingModel() {
        return RememberingModel.INSTANCE;
    }
}
