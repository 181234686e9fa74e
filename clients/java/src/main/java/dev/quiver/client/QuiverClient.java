package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.client.Transport.Repeat;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The operations of Quiver's HTTP API as methods. Each sends one request and waits for its answer; made for virtual threads, and safe for many of them. A request that fails for a passing reason
 * (429, 502, 503, 504, no connection) is sent again if that does no harm; upserts, updates and deletes carry an idempotency key, so that they are applied once however often they are sent.
 *
 * <p>Every method throws {@link QuiverException} if the request did not succeed.
 */
public final class QuiverClient implements AutoCloseable {
    /** What does the same if it is done twice. Upserts, updates and deletes do so by their keys. */
    private static final Set<String> REPEATABLE = Set.of(
            "embed",
            "query",
            "rag",
            "recall",
            "count",
            "outliers",
            "duplicates",
            "fetch",
            "list",
            "collections/describe",
            "collections/list",
            "collections/update",
            "collections/compact",
            "collections/collect-garbage");

    private final ObjectMapper json;
    private final Transport transport;

    private QuiverClient(Builder builder) {
        this.json = new ObjectMapper()
                .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL)
                .configure(DeserializationFeature.USE_LONG_FOR_INTS, true)
                // A newer server may say more.
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        boolean own = builder.http == null;
        this.transport = new Transport(
                own ? builder.newHttpClient() : builder.http,
                own,
                builder.address,
                builder.headers,
                builder.timeout,
                builder.retries,
                builder.random,
                builder.sleeper,
                json);
    }

    /** @param address with a path if the API is below one, such as {@code https://abc.execute-api.eu-central-1.amazonaws.com/prod} */
    public static Builder builder(URI address) {
        return new Builder(address);
    }

    /** With the defaults of {@link Builder}, and no key. */
    public static QuiverClient connect(String address) {
        return builder(URI.create(address)).build();
    }

    public UpsertResponse upsert(UpsertRequest request) {
        UpsertRequest named = request.idempotencyKey() == null ? request.withIdempotencyKey(newKey()) : request;
        return call("upsert", named, UpsertResponse.class, Repeat.ALWAYS);
    }

    /** Changes attributes alone: vectors and texts stay. */
    public UpdateResponse update(UpdateRequest request) {
        UpdateRequest named = request.idempotencyKey() == null ? request.withIdempotencyKey(newKey()) : request;
        return call("update", named, UpdateResponse.class, Repeat.ALWAYS);
    }

    public DeleteResponse delete(DeleteRequest request) {
        DeleteRequest named = request.idempotencyKey() == null ? request.withIdempotencyKey(newKey()) : request;
        return call("delete", named, DeleteResponse.class, Repeat.ALWAYS);
    }

    public QueryResponse query(QueryRequest request) {
        return call("query", request, QueryResponse.class);
    }

    /** Hits beyond the first page, as far as they are read, to a depth of 10,000: all of the state that the first page has seen. Each page is asked for when it is needed. */
    public Stream<Hit> queryAll(QueryRequest request) {
        return Stream.iterate(
                        query(request),
                        Objects::nonNull,
                        page -> page.nextToken() == null ? null : query(request.from(page.nextToken())))
                .flatMap(page -> page.hits().stream());
    }

    public FetchResponse fetch(FetchRequest request) {
        return call("fetch", request, FetchResponse.class);
    }

    /** One page. */
    public ListResponse listPage(ListRequest request) {
        return call("list", request, ListResponse.class);
    }

    /**
     * All records from the page of the request on, in the order of their ids. Each page is fetched when it is needed, and shows the collection as it is then, unless the request says
     * {@code asOf}.
     */
    public Stream<RecordAnswer> list(ListRequest request) {
        return Stream.iterate(
                        listPage(request),
                        Objects::nonNull,
                        page -> page.nextToken() == null ? null : listPage(request.from(page.nextToken())))
                .flatMap(page -> page.records().stream());
    }

    public EmbedResponse embed(EmbedRequest request) {
        return call("embed", request, EmbedResponse.class);
    }

    public CountResponse count(CountRequest request) {
        return call("count", request, CountResponse.class);
    }

    /** One page, if the collection is gone through. */
    public OutliersResponse outliers(OutliersRequest request) {
        return call("outliers", request, OutliersResponse.class);
    }

    /** One page. */
    public DuplicatesResponse duplicates(DuplicatesRequest request) {
        return call("duplicates", request, DuplicatesResponse.class);
    }

    public RecallResponse recall(RecallRequest request) {
        return call("recall", request, RecallResponse.class);
    }

    public RagResponse rag(RagRequest request) {
        return call("rag", request.withStream(false), RagResponse.class);
    }

    /**
     * As {@link #rag}, with the answer piece by piece while it is written. The timeout is for each piece.
     *
     * @param tokens gets the pieces in this thread; what it throws ends the request
     */
    public RagResponse rag(RagRequest request, Consumer<String> tokens) {
        return transport.stream("rag", write(request.withStream(true)), event -> switch (event.name()) {
            case "token" -> {
                tokens.accept(read(event.data(), Token.class).text);
                yield null;
            }
            case "answer" -> read(event.data(), RagResponse.class);
            case "error" -> throw transport.problem(event.data());
            default -> null;
        });
    }

    private record Token(String text) {}

    public CollectionResponse createCollection(CreateCollectionRequest request) {
        return call("collections/create", request, CollectionResponse.class);
    }

    public CollectionResponse describeCollection(String name) {
        return call("collections/describe", new Named(name), CollectionResponse.class);
    }

    /** The names of all collections that the key covers, in order. */
    public List<String> listCollections() {
        return call("collections/list", new Nothing(), Names.class).collections;
    }

    /** Sets for how long earlier states can be read from now on. */
    public CollectionResponse updateCollection(String name, Duration retention) {
        return call("collections/update", new Update(name, retention.toString()), CollectionResponse.class);
    }

    /** A new collection with what another one has. */
    public CollectionResponse forkCollection(String name, String as) {
        return forkCollection(name, as, null);
    }

    /**
     * A new collection with what another one had.
     *
     * @param asOf an earlier state; the newest if null
     */
    public CollectionResponse forkCollection(String name, String as, AsOf asOf) {
        return call("collections/fork", new Fork(name, as, asOf), CollectionResponse.class);
    }

    /** Makes an earlier state the newest one. */
    public CollectionResponse restoreCollection(String name, AsOf asOf) {
        return call("collections/restore", new Fork(name, null, asOf), CollectionResponse.class);
    }

    public CompactResponse compactCollection(String name) {
        return call("collections/compact", new Named(name), CompactResponse.class);
    }

    public CollectGarbageResponse collectGarbage(String name) {
        return call("collections/collect-garbage", new Named(name), CollectGarbageResponse.class);
    }

    /** Deletes a collection and everything in it. */
    public void deleteCollection(String name) {
        call("collections/delete", new Named(name), Deleted.class);
    }

    private record Named(String name) {}

    private record Nothing() {}

    private record Names(List<String> collections) {}

    private record Update(String name, String retention) {}

    private record Fork(String name, String as, AsOf asOf) {}

    private record Deleted(String deleted) {}

    /**
     * Any operation, in types of the caller's own: for what a newer server has and this client does not know.
     *
     * @param operation its path, such as {@code collections/describe}
     * @param request is written as JSON by Jackson
     * @param answer is read by Jackson; fields that it does not have are passed over
     */
    public <T> T call(String operation, Object request, Class<T> answer) {
        return call(operation, request, answer, REPEATABLE.contains(operation) ? Repeat.ALWAYS : Repeat.IF_REFUSED);
    }

    private <T> T call(String operation, Object request, Class<T> answer, Repeat repeat) {
        byte[] body = transport.send(operation, write(request), repeat);
        try {
            return json.readValue(body, answer);
        } catch (IOException e) {
            throw QuiverException.withoutAnswer(
                    "The answer to '" + operation + "' cannot be read; is this the address of a Quiver? "
                            + e.getMessage(),
                    e);
        }
    }

    private byte[] write(Object request) {
        try {
            return json.writeValueAsBytes(request);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("The request cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    private <T> T read(String data, Class<T> type) {
        try {
            return json.readValue(data, type);
        } catch (JacksonException e) {
            throw QuiverException.withoutAnswer("An event cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    private static String newKey() {
        return UUID.randomUUID().toString();
    }

    /** Closes the connections, unless they are of an HTTP client that was given. */
    @Override
    public void close() {
        transport.close();
    }

    /** How a client reaches its server. */
    public static final class Builder {
        private final URI address;
        private final List<String> headers =
                new ArrayList<>(List.of("User-Agent", "quiver-client-java/" + Transport.version()));
        private Duration timeout = Duration.ofSeconds(60);
        private Duration connectTimeout = Duration.ofSeconds(10);
        private RetryPolicy retries = RetryPolicy.DEFAULT;
        private HttpClient http;
        private RandomGenerator random = new SecureRandom();
        private Transport.Sleeper sleeper = Thread::sleep;

        private Builder(URI address) {
            String scheme = String.valueOf(address.getScheme());
            if (!(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
                    || address.getHost() == null
                    || address.getRawQuery() != null
                    || address.getRawFragment() != null) {
                throw new IllegalArgumentException(
                        "'" + address
                                + "' is not the address of a server: give http:// or https://, a host, and a path if there is one.");
            }
            this.address = address;
        }

        /** The key to send as {@code Authorization: Bearer}. */
        public Builder apiKey(String key) {
            return header("Authorization", "Bearer " + key);
        }

        /** A header of every request; the last one of a name counts. */
        public Builder header(String name, String value) {
            headers.add(Objects.requireNonNull(name, "name"));
            headers.add(Objects.requireNonNull(value, "value"));
            return this;
        }

        /** How long each attempt may take until its answer is whole; a minute if nothing is said. */
        public Builder timeout(Duration duration) {
            timeout = positive(duration);
            return this;
        }

        /** How long connecting may take; ten seconds if nothing is said. Not for an HTTP client that is given. */
        public Builder connectTimeout(Duration duration) {
            connectTimeout = positive(duration);
            return this;
        }

        public Builder retries(RetryPolicy policy) {
            retries = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /** For proxies, certificates and what else it knows; it is not closed with this. */
        public Builder httpClient(HttpClient client) {
            http = client;
            return this;
        }

        Builder random(RandomGenerator generator) {
            random = generator;
            return this;
        }

        Builder sleeper(Transport.Sleeper other) {
            sleeper = other;
            return this;
        }

        public QuiverClient build() {
            return new QuiverClient(this);
        }

        private HttpClient newHttpClient() {
            return HttpClient.newBuilder()
                    .connectTimeout(connectTimeout)
                    // Without TLS an upgrade would have to be asked for with the first request, which not every server
                    // takes.
                    .version(
                            address.getScheme().equalsIgnoreCase("https")
                                    ? HttpClient.Version.HTTP_2
                                    : HttpClient.Version.HTTP_1_1)
                    .build();
        }

        private static Duration positive(Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException("The timeout is " + duration + ", it must be longer than nothing.");
            }
            return duration;
        }
    }
}
