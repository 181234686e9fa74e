package dev.quiver.index.store;

import static dev.quiver.index.store.S3Stores.BUCKET;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.store.FaultProxy.Fault;
import dev.quiver.index.store.ObjectStore.ConditionalGet;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.infra.s3.S3Emulator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of the network and the server, one at a time, and what the store makes of them. */
class S3StoreFaultsIT {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Emulator s3;
    private static FaultProxy proxy;

    private String prefix;
    private ObjectStore store;

    @BeforeAll
    static void start() {
        s3 = S3Emulator.start(BUCKET);
        proxy = FaultProxy.start(s3.endpoint());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        s3.close();
    }

    @BeforeEach
    void open() {
        prefix = "test-" + PREFIXES.incrementAndGet() + "/";
        store = S3Stores.open(s3, proxy, prefix);
        assertThat(store.put("k", Content.of(bytes("content")), new Precondition.IfAbsent()))
                .isInstanceOf(PutResult.Stored.class);
    }

    @AfterEach
    void close() {
        proxy.heal();
        store.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "CONFLICT", "ACCESS_DENIED"})
    void aReadIsTriedAgain(Fault fault) {
        String etag = store.get("k").orElseThrow().etag();
        MemorySegment target = OffHeap.allocate(7);
        List<Runnable> reads = List.of(
                () -> assertThat(store.get("k").orElseThrow().bytes()).isEqualTo(bytes("content")),
                () -> assertThat(store.getIfChanged("k", "\"other\""))
                        .isInstanceOfSatisfying(
                                ConditionalGet.Changed.class,
                                c -> assertThat(c.blob().bytes()).isEqualTo(bytes("content"))),
                () -> {
                    store.read("k", 0, target);
                    assertThat(OffHeap.getBytes(target, 0, 7)).isEqualTo(bytes("content"));
                },
                () -> assertThat(store.list("", "")).extracting(Listed::key).containsExactly("k"));
        for (Runnable read : reads) {
            long before = proxy.count(fault);
            inTurn(fault);
            read.run();
            assertThat(proxy.count(fault)).isEqualTo(before + 1);
        }
        inTurn(fault);
        assertThat(store.getIfChanged("k", etag)).isInstanceOf(ConditionalGet.Unchanged.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SLOW_DOWN", "INTERNAL_ERROR", "RESET", "SLOW_FIRST_BYTE"})
    void aPutThatDidNotArriveIsTriedAgain(Fault fault) {
        inTurn(fault);
        assertThat(store.put("new", Content.of(bytes("mine")), new Precondition.IfAbsent()))
                .isInstanceOf(PutResult.Stored.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"LOST_ANSWER", "CONFLICT"})
    void aPutMayBeRefusedThatCouldHaveBeenStored(Fault fault) {
        inTurn(fault);
        assertThat(store.put("new", Content.of(bytes("mine")), new Precondition.IfAbsent()))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.get("new").isPresent()).isEqualTo(fault == Fault.LOST_ANSWER);
    }

    /** The credentials run out between two attempts, say. */
    @Test
    void aDenialAfterALostAnswerLeavesTheOutcomeUnknown() {
        inTurn(Fault.LOST_ANSWER, Fault.ACCESS_DENIED);
        assertThatThrownBy(() -> store.put("new", Content.of(bytes("mine")), new Precondition.IfAbsent()))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue());
        assertThat(store.get("new")).isPresent();
    }

    /** What the next requests meet. */
    private static void inTurn(Fault... faults) {
        Queue<Fault> queue = new ArrayDeque<>(List.of(faults));
        proxy.follow(_ -> {
            synchronized (queue) {
                return queue.isEmpty() ? Fault.NONE : queue.remove();
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
