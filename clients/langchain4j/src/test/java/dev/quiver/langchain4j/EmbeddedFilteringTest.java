package dev.quiver.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's suite for stores with filters, which contains those without filters and without metadata, over a folder. */
class EmbeddedFilteringTest extends EmbeddingStoreWithFilteringIT {
    @TempDir
    private Path folder;

    private QuiverEmbeddingStore store;

    @Override
    protected void ensureStoreIsReady() {
        store = QuiverEmbeddingStore.inFolder(folder, "embeddings", RememberingModel.DIMENSION);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    protected EmbeddingStore<TextSegment> embeddingStore() {
        return store;
    }

    @Override
    protected EmbeddingModel embeddingModel() {
        return RememberingModel.INSTANCE;
    }

    @Override
    protected boolean supportsContains() {
        return true;
    }
}
