package dev.quiver.functions.rerank;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;

/**
 * A reranker behind HTTP: Cohere, Jina and Voyage, and servers of one's own, all have {@code POST …/rerank} of the same form. What fails for a passing reason is sent again: it changes nothing at the provider. The JDK's client and not LangChain4j's,
 * which keeps {@code Retry-After} to itself.
 *
 * @see <a href="https://docs.cohere.com/reference/rerank">Cohere</a>
 * @see <a href="https://docs.voyageai.com/reference/reranker-api">Voyage</a>
 */
final class RerankApi implements ScoringModel, AutoCloseable {
    /** Of what a provider says when it fails. */
    private static final int MOST_SAID = 1000;

    private final HttpClient http;
    private final URI address;
    private final String model;
    private final Optional<String> apiKey;
    private final Duration timeout;
    private final Backoff backoff;

    /**
     * @param baseUrl what {@code /rerank} is appended to
     * @param timeout of one attempt
     */
    RerankApi(String baseUrl, String model, Optional<String> apiKey, Duration timeout, Backoff backoff) {
        this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
        this.address = URI.create(baseUrl.replaceAll("/+$", "") + "/rerank");
        this.model = model;
        this.apiKey = apiKey;
        this.timeout = timeout;
        this.backoff = backoff;
    }

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        ObjectNode body = RankedJson.request(
                        query, segments.stream().map(TextSegment::text).toList())
                .put("model", model);
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
        return Response.from(RankedJson.scores(send(request.build()), segments.size()));
    }

    private String send(HttpRequest request) {
        for (int failed = 1; ; failed++) {
            IllegalStateException problem;
            boolean isPassing;
            Duration least = Duration.ZERO;
            try {
                HttpResponse<String> answer = await(http.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
                if (answer.statusCode() / 100 == 2) {
                    return answer.body();
                }
                String said = answer.body().strip();
                problem = new IllegalStateException("status " + answer.statusCode() + attempts(failed) + ": "
                        + (said.length() <= MOST_SAID ? said : said.substring(0, MOST_SAID) + "…"));
                isPassing = Backoff.isPassing(answer.statusCode());
                least = backoff.retryAfter(answer.headers());
            } catch (IOException e) {
                problem = new IllegalStateException("no answer from " + address + attempts(failed) + ": " + e, e);
                // A certificate will not be better next time.
                isPassing = !(e instanceof SSLHandshakeException);
            }
            Optional<Duration> pause = isPassing ? backoff.pause(failed, least) : Optional.empty();
            if (pause.isEmpty()) {
                throw problem;
            }
            try {
                backoff.sleeper().sleep(pause.get());
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static String attempts(int failed) {
        return failed == 1 ? "" : " in " + failed + " attempts";
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for an answer", e);
    }

    /** The timeout of a request of the JDK's client ends with the head of the answer; this one is for all of it. */
    private HttpResponse<String> await(CompletableFuture<HttpResponse<String>> answer) throws IOException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("nothing within " + timeout, e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
