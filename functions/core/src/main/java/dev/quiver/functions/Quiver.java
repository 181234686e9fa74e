package dev.quiver.functions;

import dev.quiver.functions.config.LambdaMemory;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.Stores;
import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.models.ModelStore;
import dev.quiver.functions.operation.CollectionOperations;
import dev.quiver.functions.operation.CountOperation;
import dev.quiver.functions.operation.EmbedOperation;
import dev.quiver.functions.operation.Folding;
import dev.quiver.functions.operation.NeighbourOperations;
import dev.quiver.functions.operation.QueryOperation;
import dev.quiver.functions.operation.RecallOperation;
import dev.quiver.functions.operation.RecordOperations;
import dev.quiver.functions.rag.ChatModels;
import dev.quiver.functions.rag.RagOperation;
import dev.quiver.functions.rerank.Rerankers;
import dev.quiver.functions.s3vectors.S3Vectors;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import java.time.InstantSource;
import java.util.OptionalLong;

/** All operations over one store, put together from the configuration: what every door (HTTP, events, command line) opens. */
public final class Quiver implements AutoCloseable {
    private final Database database;
    private final ModelStore stored;
    private final EmbeddingModels models;
    private final Folding folding;
    private final EmbedOperation embed;
    private final CollectionOperations collections;
    private final RecordOperations records;
    private final Rerankers rerankers;
    private final QueryOperation query;
    private final CountOperation count;
    private final NeighbourOperations neighbours;
    private final RecallOperation recall;
    private final RagOperation rag;
    private final S3Vectors s3vectors;

    public Quiver(QuiverConfig config) {
        Settings settings = Settings.defaults()
                .withFoldRows(config.log().foldRecords())
                .withGrace(config.log().grace());
        OptionalLong memory = config.index().memoryMib();
        if (memory.isEmpty()) {
            memory = LambdaMemory.ofThisFunction();
        }
        if (memory.isPresent()) {
            settings = settings.withMemoryBudget(memory.getAsLong() << 20);
        }
        this.database = new Database(Stores.open(config), settings);
        this.stored = new ModelStore(database.store());
        this.models = new EmbeddingModels(config, stored);
        this.folding = new Folding(config.log().foldInBackground());
        this.embed = new EmbedOperation(models);
        this.collections = new CollectionOperations(database, models);
        this.records = new RecordOperations(database, models, collections, folding);
        this.rerankers = new Rerankers(config);
        this.query = new QueryOperation(database, models, rerankers, InstantSource.system());
        this.count = new CountOperation(database);
        this.neighbours = new NeighbourOperations(database);
        this.recall = new RecallOperation(database);
        this.rag = new RagOperation(database, models, rerankers, new ChatModels(config), config);
        this.s3vectors = new S3Vectors(database, folding, InstantSource.system());
    }

    public Database database() {
        return database;
    }

    public EmbeddingModels models() {
        return models;
    }

    /** The models that lie beside the collections. */
    public ModelStore stored() {
        return stored;
    }

    public EmbedOperation embed() {
        return embed;
    }

    public CollectionOperations collections() {
        return collections;
    }

    public RecordOperations records() {
        return records;
    }

    public QueryOperation query() {
        return query;
    }

    public CountOperation count() {
        return count;
    }

    public NeighbourOperations neighbours() {
        return neighbours;
    }

    public RecallOperation recall() {
        return recall;
    }

    public RagOperation rag() {
        return rag;
    }

    public S3Vectors s3vectors() {
        return s3vectors;
    }

    @Override
    public void close() {
        folding.close();
        models.close();
        rerankers.close();
        database.close();
    }
}
