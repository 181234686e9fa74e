package dev.quiver.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** LangChain4j's suite for stores that remove, against the packaged server. */
class HttpRemovalIT extends EmbeddingStoreWithRemovalIT {
    @RegisterExtension
    private static final PackagedServer SERVER = new PackagedServer();

    private QuiverEmbeddingStore store;

    @BeforeEach
    void connect() {
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
}
