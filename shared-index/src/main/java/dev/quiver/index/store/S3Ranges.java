package dev.quiver.index.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Reads ranges of an object with one signature for all of them, past the layers of the SDK's client: a first query makes hundreds of small reads, and those layers take most of their time. What does not go well at the
 * first try the client does, which knows how to try again and what to say.
 */
public final class S3Ranges implements AutoCloseable {
    private static final int PARTIAL_CONTENT = 206;
    private static final Duration SIGNED_FOR = Duration.ofMinutes(15);
    private static final long USED_FOR_NANOS = Duration.ofMinutes(10).toNanos();
    private static final int MOST_SIGNED = 1000;

    /** In a row: then somebody does not want it, a bucket policy against signed addresses say. */
    private static final int MOST_FAILURES = 100;

    /** Then it is tried again: it may have been an outage. */
    private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    private final Supplier<S3Presigner> open;
    private final SdkHttpClient http;
    private volatile S3Presigner presigner;
    private final ConcurrentHashMap<String, Signed> signed = new ConcurrentHashMap<>();

    private final AtomicInteger failures = new AtomicInteger();
    private volatile long lastFailure;

    private record Signed(SdkHttpRequest request, long at) {}

    /**
     * @param presigner for the store's client; asked for when the first range is read, and closed with this
     * @param http is closed with this
     */
    public S3Ranges(Supplier<S3Presigner> presigner, SdkHttpClient http) {
        this.open = presigner;
        this.http = http;
    }

    private S3Presigner presigner() {
        S3Presigner p = presigner;
        if (p == null) {
            synchronized (this) {
                p = presigner;
                if (p == null) {
                    p = open.get();
                    presigner = p;
                }
            }
        }
        return p;
    }

    /** False if it was not to be had at once; then nothing is known. */
    boolean read(String bucket, String key, long offset, MemorySegment target) {
        if (failures.get() >= MOST_FAILURES && System.nanoTime() - lastFailure < PAUSE_NANOS) {
            return false;
        }
        boolean good = tryRead(bucket, key, offset, target);
        if (good) {
            failures.set(0);
        } else {
            lastFailure = System.nanoTime();
            failures.incrementAndGet();
            signed.remove(key);
        }
        return good;
    }

    private boolean tryRead(String bucket, String key, long offset, MemorySegment target) {
        try {
            String range = "bytes=" + offset + "-" + (offset + target.byteSize() - 1);
            SdkHttpRequest request =
                    sign(bucket, key).toBuilder().putHeader("Range", range).build();
            HttpExecuteResponse response = http.prepareRequest(
                            HttpExecuteRequest.builder().request(request).build())
                    .call();
            boolean partial = response.httpResponse().statusCode() == PARTIAL_CONTENT;
            try (AbortableInputStream body = response.responseBody().orElse(null)) {
                return partial && body != null && copy(body, target);
            }
        } catch (IOException | UncheckedIOException | SdkException e) {
            return false;
        }
    }

    private SdkHttpRequest sign(String bucket, String key) {
        Signed s = signed.get(key);
        long now = System.nanoTime();
        if (s == null || now - s.at > USED_FOR_NANOS) {
            if (signed.size() >= MOST_SIGNED) {
                signed.clear();
            }
            s = new Signed(
                    presigner()
                            .presignGetObject(p -> p.signatureDuration(SIGNED_FOR)
                                    .getObjectRequest(b -> b.bucket(bucket).key(key)))
                            .httpRequest(),
                    now);
            signed.put(key, s);
        }
        return s.request;
    }

    /** False if there is less. */
    private static boolean copy(InputStream in, MemorySegment target) throws IOException {
        byte[] buffer = new byte[(int) Math.min(1 << 18, target.byteSize())];
        for (long done = 0; done < target.byteSize(); ) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, target.byteSize() - done));
            if (n < 0) {
                return false;
            }
            MemorySegment.copy(MemorySegment.ofArray(buffer), 0, target, done, n);
            done += n;
        }
        return true;
    }

    @Override
    public synchronized void close() {
        if (presigner != null) {
            presigner.close();
        }
        http.close();
    }
}
