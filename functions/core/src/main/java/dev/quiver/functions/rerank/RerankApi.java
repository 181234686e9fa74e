package dev.quiver.functions.rerank;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilderLoader;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A reranker behind HTTP: Cohere, Jina and Voyage, and servers of one's own, all have {@code POST …/rerank} of the same form.
 *
 * @see <a href="https://docs.cohere.com/reference/rerank">Cohere</a>
 * @see <a href="https://docs.voyageai.com/reference/reranker-api">Voyage</a>
 */
final class RerankApi implements ScoringModel {
    private final HttpClient http;
    private final String address;
    private final String model;
    private final Optional<String> apiKey;

    /** @param baseUrl what {@code /rerank} is appended to */
    RerankApi(String baseUrl, String model, Optional<String> apiKey, Duration timeout) {
        this.http = HttpClientBuilderLoader.loadHttpClientBuilder()
                .connectTimeout(timeout)
                .readTimeout(timeout)
                .build();
        this.address = baseUrl.replaceAll("/+$", "") + "/rerank";
        this.model = model;
        this.apiKey = apiKey;
    }

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        ObjectNode body = RankedJson.request(
                        query, segments.stream().map(TextSegment::text).toList())
                .put("model", model);
        HttpRequest.Builder request = HttpRequest.builder()
                .method(HttpMethod.POST)
                .url(address)
                .addHeader("Content-Type", "application/json")
                .addHeader("Accept", "application/json")
                .body(body.toString());
        apiKey.ifPresent(key -> request.addHeader("Authorization", "Bearer " + key));
        return Response.from(RankedJson.scores(http.execute(request.build()).body(), segments.size()));
    }
}
