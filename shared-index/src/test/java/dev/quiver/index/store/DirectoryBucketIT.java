package dev.quiver.index.store;

import static dev.quiver.index.store.S3Stores.BUCKET;

import dev.quiver.infra.s3.S3Emulator;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The contract over what S3 Express says of its listings: prefixes are folders, no start after a key, no order. */
class DirectoryBucketIT extends ObjectStoreContract {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Emulator s3;

    @BeforeAll
    static void startS3() {
        s3 = S3Emulator.start(BUCKET);
    }

    @AfterAll
    static void stopS3() {
        s3.close();
    }

    @Override
    ObjectStore open() {
        return new S3Store(
                likeExpress(S3Stores.client(s3.endpoint(), s3.accessKey(), s3.secretKey())),
                null,
                BUCKET,
                "directory-" + PREFIXES.incrementAndGet() + "/",
                true);
    }

    @Override
    int rounds() {
        return 5;
    }

    private static S3Client likeExpress(S3Client client) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (arguments != null && arguments[0] instanceof Consumer<?>) {
                // Builds the request, and comes back with it.
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            try {
                if (arguments != null && arguments[0] instanceof ListObjectsV2Request list) {
                    if (list.startAfter() != null
                            || !(list.prefix().isEmpty() || list.prefix().endsWith("/"))) {
                        throw new AssertionError("A directory bucket does not list " + list);
                    }
                    ListObjectsV2Response page = client.listObjectsV2(list);
                    List<S3Object> shuffled = new ArrayList<>(page.contents());
                    Collections.shuffle(shuffled, new Random(shuffled.size()));
                    var prefixes = new ArrayList<>(page.commonPrefixes());
                    Collections.reverse(prefixes);
                    return page.toBuilder()
                            .contents(shuffled)
                            .commonPrefixes(prefixes)
                            .build();
                }
                return method.invoke(client, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (S3Client)
                Proxy.newProxyInstance(S3Client.class.getClassLoader(), new Class<?>[] {S3Client.class}, handler);
    }
}
