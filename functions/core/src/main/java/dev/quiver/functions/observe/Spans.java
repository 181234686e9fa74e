package dev.quiver.functions.observe;

import dev.quiver.index.Collection;
import dev.quiver.index.Explanation;
import dev.quiver.index.HybridRequest;
import dev.quiver.index.HybridResult;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.TextRequest;
import dev.quiver.index.TextResult;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.time.Instant;
import java.util.function.Function;

/** The stages of a request as spans of OpenTelemetry. Costs next to nothing as long as nobody has installed its SDK. */
public final class Spans {
    private static final String SCOPE = "dev.quiver";

    private Spans() {}

    /** Does the work in a span inside the current one. What the work throws ends it as failed. */
    public static <T> T in(String name, Function<Span, T> work) {
        Span span = tracer().spanBuilder(name).startSpan();
        try (Scope ignored = span.makeCurrent()) {
            return work.apply(span);
        } catch (RuntimeException e) {
            span.setStatus(StatusCode.ERROR, e.getClass().getSimpleName());
            throw e;
        } finally {
            span.end();
        }
    }

    /** Searches in a span, with one inside for bringing the view up to date. */
    public static SearchResult search(Collection collection, SearchRequest request) {
        return search(collection, request, null);
    }

    /** @param explanation see {@link Collection#search(SearchRequest, Explanation)} */
    public static SearchResult search(Collection collection, SearchRequest request, Explanation explanation) {
        Instant started = Instant.now();
        return in("search", span -> {
            SearchResult result = collection.search(request, explanation);
            tracer().spanBuilder("look")
                    .setStartTimestamp(started)
                    .startSpan()
                    .end(started.plusNanos(result.lookNanos()));
            span.setAttribute("quiver.collection", collection.name());
            span.setAttribute("quiver.top_k", request.topK());
            span.setAttribute("quiver.hits", result.hits().size());
            span.setAttribute("quiver.rows_scored", result.rowsScored());
            span.setAttribute("quiver.sequence", result.sequence());
            return result;
        });
    }

    /** Searches for words in a span. */
    public static TextResult search(Collection collection, TextRequest request) {
        return search(collection, request, null);
    }

    /** @param explanation see {@link Collection#search(TextRequest, Explanation)} */
    public static TextResult search(Collection collection, TextRequest request, Explanation explanation) {
        return in("search words", span -> {
            TextResult result = collection.search(request, explanation);
            span.setAttribute("quiver.collection", collection.name());
            span.setAttribute("quiver.top_k", request.topK());
            span.setAttribute("quiver.hits", result.hits().size());
            span.setAttribute("quiver.sequence", result.sequence());
            return result;
        });
    }

    /** Searches for both in a span. */
    public static HybridResult search(Collection collection, HybridRequest request) {
        return search(collection, request, null);
    }

    /** @param explanation see {@link Collection#search(HybridRequest, Explanation)} */
    public static HybridResult search(Collection collection, HybridRequest request, Explanation explanation) {
        return in("search hybrid", span -> {
            HybridResult result = collection.search(request, explanation);
            span.setAttribute("quiver.collection", collection.name());
            span.setAttribute("quiver.top_k", request.text().topK());
            span.setAttribute("quiver.hits", result.hits().size());
            span.setAttribute("quiver.rows_scored", result.rowsScored());
            span.setAttribute("quiver.sequence", result.sequence());
            return result;
        });
    }

    /** Not kept: it may be installed later than this class. */
    private static Tracer tracer() {
        return GlobalOpenTelemetry.getTracer(SCOPE);
    }
}
