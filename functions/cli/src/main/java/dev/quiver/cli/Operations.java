package dev.quiver.cli;

import dev.quiver.client.QuiverClient;
import dev.quiver.functions.Json;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CollectionResponse;
import dev.quiver.functions.operation.Messages.ListCollectionsRequest;
import dev.quiver.functions.operation.Messages.ListCollectionsResponse;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.RagResponse;
import dev.quiver.functions.operation.Messages.UpdateRequest;
import dev.quiver.functions.operation.Messages.UpdateResponse;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The operations that a command can have done in this process, on the configured store, or by a Quiver that is deployed. */
sealed interface Operations extends AutoCloseable {
    QueryResponse query(QueryRequest request);

    RagResponse answer(RagRequest request);

    /** @param tokens gets the answer piece by piece */
    RagResponse stream(RagRequest request, Consumer<String> tokens);

    UpdateResponse update(UpdateRequest request);

    List<CollectionResponse> collections();

    /** Where the collections are. */
    String where();

    @Override
    void close();

    /** The options that say by whom. */
    final class Choice {
        @Option(
                names = "--url",
                paramLabel = "URL",
                description = "Ask the Quiver that is deployed at this address, instead of the store of this machine.")
        private URI url;

        @Option(
                names = "--key",
                paramLabel = "KEY",
                description =
                        "Its API key (default: the environment variable QUIVER_KEY, which keeps it out of the list of processes).")
        private String key;

        Operations open() {
            if (url == null) {
                if (key != null) {
                    throw new IllegalArgumentException("A key is for a Quiver that is deployed: give --url too.");
                }
                return new Here(Main.open());
            }
            QuiverClient.Builder client = QuiverClient.builder(url);
            String secret = key == null ? System.getenv("QUIVER_KEY") : key;
            if (secret != null && !secret.isBlank()) {
                client.apiKey(secret);
            }
            return new There(client.build(), url);
        }
    }

    record Here(Quiver quiver) implements Operations {
        @Override
        public QueryResponse query(QueryRequest request) {
            return quiver.query().query(request);
        }

        @Override
        public RagResponse answer(RagRequest request) {
            return quiver.rag().answer(request);
        }

        @Override
        public RagResponse stream(RagRequest request, Consumer<String> tokens) {
            return quiver.rag().stream(request, tokens);
        }

        @Override
        public UpdateResponse update(UpdateRequest request) {
            return quiver.records().update(request);
        }

        @Override
        public List<CollectionResponse> collections() {
            return quiver.collections().list().collections().stream()
                    .map(name -> quiver.collections().describe(new CollectionRequest(name)))
                    .toList();
        }

        @Override
        public String where() {
            return quiver.database().store().description();
        }

        @Override
        public void close() {
            quiver.close();
        }
    }

    record There(QuiverClient client, URI url) implements Operations {
        @Override
        public QueryResponse query(QueryRequest request) {
            return client.call("query", request, QueryResponse.class);
        }

        @Override
        public RagResponse answer(RagRequest request) {
            return client.call("rag", request, RagResponse.class);
        }

        @Override
        public RagResponse stream(RagRequest request, Consumer<String> tokens) {
            dev.quiver.client.RagRequest same =
                    Json.strictMapper().convertValue(request, dev.quiver.client.RagRequest.class);
            return Json.strictMapper().convertValue(client.rag(same, tokens), RagResponse.class);
        }

        @Override
        public UpdateResponse update(UpdateRequest request) {
            return client.call("update", request, UpdateResponse.class);
        }

        @Override
        public List<CollectionResponse> collections() {
            return client
                    .call("collections/list", new ListCollectionsRequest(), ListCollectionsResponse.class)
                    .collections()
                    .stream()
                    .map(name ->
                            client.call("collections/describe", new CollectionRequest(name), CollectionResponse.class))
                    .toList();
        }

        @Override
        public String where() {
            return url.toString();
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
