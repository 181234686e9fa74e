package dev.quiver.infra.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.net.URI;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * Shows the flaw and the fix side by side, without luck. The one idea: a gate above the store lets two writers in only
 * when both have passed s3proxy's own look at the ETag, which is the moment the race is about.
 */
@Timeout(60)
class LostUpdateTest {

    private static final String BUCKET = "bucket";

    @Test
    void plainStoreLosesAnUpdate() throws Exception {
        assertEquals(2, winnersOfOneETag(new TransientNio2BlobStore()), "s3proxy's flaw is gone: drop the fix");
    }

    @Test
    void atomicStoreLosesNone() throws Exception {
        assertEquals(1, winnersOfOneETag(new AtomicBlobStore(new TransientNio2BlobStore())));
    }

    /** How many of two writers that both hold the ETag of the same version are told that they replaced it. */
    private static int winnersOfOneETag(BlobStore store) throws Exception {
        store.createContainer(BUCKET);
        S3Proxy server = S3Server.of(new Gate(store), 0, "key", "secret", 0);
        server.start();
        try (S3Client s3 = Clients.client(URI.create("http://127.0.0.1:" + server.getPort()), "key", "secret");
                var threads = Executors.newFixedThreadPool(2)) {
            String eTag = s3.putObject(Clients.put(BUCKET, "k").build(), RequestBody.fromString("first"))
                    .eTag();
            PutObjectRequest replace = Clients.put(BUCKET, "k").ifMatch(eTag).build();
            Callable<Boolean> one = () -> Clients.stored(s3, replace, "one");
            Callable<Boolean> two = () -> Clients.stored(s3, replace, "two");
            var first = threads.submit(one);
            var second = threads.submit(two);
            return (first.get() ? 1 : 0) + (second.get() ? 1 : 0);
        } finally {
            server.stop();
        }
    }

    private static final class Gate extends ForwardingBlobStore {
        private final CyclicBarrier bothAreIn = new CyclicBarrier(2);

        Gate(BlobStore store) {
            super(store);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
            if (request.ifMatch() != null) {
                try {
                    bothAreIn.await(30, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            return super.putBlob(request, payload);
        }
    }
}
