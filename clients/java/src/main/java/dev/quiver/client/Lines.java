package dev.quiver.client;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The lines of an answer, for a thread that waits for each. One is asked for at a time, so a slow reader slows the sender. */
final class Lines implements Flow.Subscriber<String> {
    private sealed interface Item {
        record Line(String text) implements Item {}

        record End() implements Item {}

        record Failure(Throwable cause) implements Item {}
    }

    private final BlockingQueue<Item> arrived = new LinkedBlockingQueue<>();
    private volatile Flow.Subscription subscription;

    /**
     * @param patience for this line
     * @return null after the last
     * @throws IOException if there is no line in time, or the answer broke off
     */
    String next(Duration patience) throws IOException, InterruptedException {
        return switch (arrived.poll(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            case null -> throw new HttpTimeoutException("nothing within " + patience);
            case Item.Line line -> {
                subscription.request(1);
                yield line.text;
            }
            case Item.End end -> null;
            case Item.Failure failure -> throw asIOException(failure.cause);
        };
    }

    /** All that is left, as one text. */
    String rest(Duration patience) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        for (String line; (line = next(patience)) != null; ) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    static IOException asIOException(Throwable cause) {
        Throwable inner = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        return inner instanceof IOException e ? e : new IOException(inner);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(String line) {
        arrived.add(new Item.Line(line));
    }

    @Override
    public void onError(Throwable cause) {
        arrived.add(new Item.Failure(cause));
    }

    @Override
    public void onComplete() {
        arrived.add(new Item.End());
    }
}
