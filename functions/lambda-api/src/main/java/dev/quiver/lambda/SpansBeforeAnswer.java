package dev.quiver.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPResponse;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import jakarta.annotation.Priority;
import jakarta.decorator.Decorator;
import jakarta.decorator.Delegate;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sends what a request has of spans before its answer is given away: after that the function is frozen, and they would come with the next request or never. What it costs is the time that the collector takes, which is
 * best run beside the function.
 *
 * @see <a href="https://github.com/quarkusio/quarkus/issues/50826">Quarkus does not do it</a>
 */
@Decorator
@Priority(1)
public class SpansBeforeAnswer implements RequestHandler<APIGatewayV2HTTPEvent, APIGatewayV2HTTPResponse> {
    private static final Duration END = Duration.ofMillis(100);
    /** A collector that does not answer costs this much of every request. */
    private static final long SEND_SECONDS = 2;

    @Inject
    @Delegate
    RequestHandler<APIGatewayV2HTTPEvent, APIGatewayV2HTTPResponse> handler;

    @Inject
    OpenTelemetry telemetry;

    @Inject
    OpenSpans spans;

    @Override
    public APIGatewayV2HTTPResponse handleRequest(APIGatewayV2HTTPEvent event, Context context) {
        try {
            return handler.handleRequest(event, context);
        } finally {
            if (telemetry instanceof OpenTelemetrySdk sdk) {
                send(sdk);
            }
        }
    }

    private void send(OpenTelemetrySdk sdk) {
        try {
            spans.awaitNone(END);
            sdk.getSdkTracerProvider().forceFlush().join(SEND_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
