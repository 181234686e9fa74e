package dev.quiver.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import org.junit.jupiter.api.extension.RegisterExtension;

/** LangChain4j's suite for stores with filters, which contains those without filters and without metadata, against the packaged server. */
class HttpFilteringIT extends EmbeddingStoreWithFilteringIT {
    @RegisterExtension
    private static final PackagedServer SERVER = new PackagedServer();

    private QuiverEmbeddingStore store;

    @Override
    protected void ensureStoreIsReady() {
        store = QuiverEmbeddingStore.http(SERVER.client(), PackagedServer.newCollection(), RememberingModel.DIMENSION);
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
