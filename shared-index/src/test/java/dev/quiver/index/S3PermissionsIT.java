package dev.quiver.index;

import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.store.FaultProxy;
import dev.quiver.index.store.FaultProxy.Fault;
import dev.quiver.index.store.FaultProxy.Request;
import dev.quiver.index.store.S3Stores;
import dev.quiver.index.store.StoreException;
import dev.quiver.infra.s3.S3Emulator;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bucket where one permission is missing: the error says which, and nothing else breaks. */
class S3PermissionsIT {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Emulator s3;
    private static FaultProxy proxy;

    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private final Settings settings =
            Settings.defaults().withClock(() -> Instant.now().plus(ahead.get()));
    private String prefix;
    private Collection c;

    @BeforeAll
    static void start() {
        s3 = S3Emulator.start(S3Stores.BUCKET);
        proxy = FaultProxy.start(s3.endpoint());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        s3.close();
    }

    @BeforeEach
    void create() {
        proxy.heal();
        prefix = "denied-" + PREFIXES.incrementAndGet() + "/";
        c = new Database(S3Stores.open(s3, proxy, prefix), settings).create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        c.compact();
        c.apply(upsert(2, "b"));
    }

    @Test
    void aWriterWithoutPutObject() {
        deny(r -> r.method().equals("PUT") && r.target().contains("/c/log/"));
        assertDenied(() -> c.apply(upsert(3, "a")), "write", "c/log/", "s3:PutObject", "/" + prefix + "*");
        assertThat(content(c)).isEqualTo(Map.of("a", 1, "b", 2));
        proxy.heal();
        assertThat(content(c)).isEqualTo(Map.of("a", 1, "b", 2));
        assertThat(c.apply(upsert(3, "a"))).isEqualTo(3);
    }

    @Test
    void aReaderWithoutGetObject() {
        deny(r -> r.method().equals("GET") && !r.target().contains("list-type=2"));
        assertDenied(() -> content(c), "read", "c/manifest.json", "s3:GetObject", "/" + prefix + "*", "s3:ListBucket");
    }

    @Test
    void aReaderWithoutListBucket() {
        deny(r -> r.target().contains("list-type=2"));
        // One that has read it before lists only now and then.
        Database cold = new Database(S3Stores.open(s3, proxy, prefix), settings);
        assertDenied(
                () -> content(cold.collection("c")),
                "list",
                "c/log/",
                "s3:ListBucket on arn:aws:s3:::" + S3Stores.BUCKET + ".");
    }

    @Test
    void aCollectorWithoutDeleteObject() {
        c.compact();
        ahead.set(settings.grace().multipliedBy(2));
        deny(r -> r.method().equals("DELETE"));
        assertDenied(() -> c.collectGarbage(), "delete", "c/", "s3:DeleteObject", "/" + prefix + "*");
        assertThat(content(c)).isEqualTo(Map.of("a", 1, "b", 2));
        proxy.heal();
        assertThat(c.collectGarbage().objects()).isPositive();
        assertThat(content(c)).isEqualTo(Map.of("a", 1, "b", 2));
    }

    private static void deny(Predicate<Request> which) {
        proxy.follow(r -> which.test(r) ? Fault.ACCESS_DENIED : Fault.NONE);
    }

    private void assertDenied(ThrowingCallable work, String verb, String key, String... parts) {
        long before = proxy.count(Fault.ACCESS_DENIED);
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isFalse())
                .hasMessageContaining("Cannot " + verb + " s3://" + S3Stores.BUCKET + "/" + prefix + key)
                .hasMessageContainingAll(parts)
                .hasMessageContaining("arn:aws:s3:::" + S3Stores.BUCKET);
        // Not asked again; manifest and log are asked for at once.
        assertThat(proxy.count(Fault.ACCESS_DENIED)).isBetween(before + 1, before + 2);
    }
}
