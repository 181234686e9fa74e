package dev.quiver.functions.rerank;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClientBuilder;

/**
 * A reranker on Amazon Bedrock: {@code cohere.rerank-v3-5:0} or {@code amazon.rerank-v1:0}.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-supported.html">the models</a>
 */
final class BedrockReranker implements ScoringModel, AutoCloseable {
    /** Of Cohere's models, without which they do not answer. */
    private static final int API_VERSION = 2;

    private final BedrockRuntimeClient client;
    private final String model;

    /**
     * @param region the SDK's if empty
     * @param timeout of one attempt
     * @param retries by the SDK, which waits between them, and as long as it is told to
     */
    BedrockReranker(String model, Optional<String> region, Optional<String> baseUrl, Duration timeout, int retries) {
        BedrockRuntimeClientBuilder builder = BedrockRuntimeClient.builder()
                .overrideConfiguration(c -> c.apiCallAttemptTimeout(timeout)
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(1 + retries)
                                .build()));
        region.ifPresent(r -> builder.region(Region.of(r)));
        baseUrl.ifPresent(u -> builder.endpointOverride(URI.create(u)));
        this.client = builder.build();
        this.model = model;
    }

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        ObjectNode body = RankedJson.request(
                query, segments.stream().map(TextSegment::text).toList());
        if (model.contains("cohere.")) {
            body.put("api_version", API_VERSION);
        }
        String answer = client.invokeModel(r -> r.modelId(model)
                        .contentType("application/json")
                        .accept("application/json")
                        .body(SdkBytes.fromUtf8String(body.toString())))
                .body()
                .asUtf8String();
        return Response.from(RankedJson.scores(answer, segments.size()));
    }

    @Override
    public void close() {
        client.close();
    }
}
