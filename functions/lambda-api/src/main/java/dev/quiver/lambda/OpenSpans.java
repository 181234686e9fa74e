package dev.quiver.lambda;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Knows whether spans have begun that have not ended. That of a request ends a moment after its answer is there. */
@ApplicationScoped
public class OpenSpans implements SpanProcessor {
    private int open;

    @Override
    public synchronized void onStart(Context parent, ReadWriteSpan span) {
        open++;
    }

    @Override
    public synchronized void onEnd(ReadableSpan span) {
        open--;
        notifyAll();
    }

    @Override
    public boolean isStartRequired() {
        return true;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    /** Returns when there are none, or after this time. */
    synchronized void awaitNone(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        for (long left = atMost.toMillis(); open > 0 && left > 0; ) {
            wait(left);
            left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        }
    }
}
