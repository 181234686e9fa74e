package dev.quiver.infra.s3;

import static dev.quiver.infra.s3.Clients.get;
import static dev.quiver.infra.s3.Clients.put;
import static dev.quiver.infra.s3.Clients.stored;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What a user of the emulator relies on, asked of the real process by the real AWS SDK. The one idea: conditional
 * writes are proven by counting, since the number of updates told to have succeeded must be the number that can be read
 * back.
 */
@Timeout(120)
class S3EmulatorIT {

    private static final int THREADS = 8;

    private static S3Emulator emulator;
    private static S3Client s3;

    private String bucket;

    @BeforeAll
    static void startEmulator() {
        emulator = S3Emulator.start("made-at-start");
        s3 = Clients.client(emulator.endpoint(), emulator.accessKey(), emulator.secretKey());
    }

    @AfterAll
    static void stopEmulator() {
        s3.close();
        emulator.close();
    }

    @BeforeEach
    void createBucket(TestInfo test) {
        bucket = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
        s3.createBucket(request -> request.bucket(bucket));
    }

    // --- conditional writes ---

    @Test
    void noUpdateIsLost() throws Exception {
        int updates = 1_000;
        store("counter", "0");
        var left = new AtomicInteger(updates);
        var conflicts = new AtomicInteger();
        inParallel(THREADS, thread -> {
            while (left.getAndDecrement() > 0) {
                while (!increment("counter")) {
                    conflicts.incrementAndGet();
                }
            }
        });
        assertEquals(updates, Integer.parseInt(read("counter")));
        assertTrue(conflicts.get() > 0, "the threads never met: nothing was proven");
    }

    private boolean increment(String key) {
        var current = s3.getObjectAsBytes(get(bucket, key));
        String next = Integer.toString(Integer.parseInt(current.asUtf8String()) + 1);
        return stored(s3, put(bucket, key).ifMatch(current.response().eTag()).build(), next);
    }

    @Test
    void oneCreatorPerKeyWins() throws Exception {
        int keys = 50;
        var winners =
                IntStream.range(0, keys).mapToObj(key -> new AtomicInteger()).toList();
        var lastWinner = new int[keys];
        inParallel(THREADS, thread -> {
            for (int key = 0; key < keys; key++) {
                var create = put(bucket, "key-" + key).ifNoneMatch("*").build();
                if (stored(s3, create, Integer.toString(thread))) {
                    winners.get(key).incrementAndGet();
                    lastWinner[key] = thread;
                }
            }
        });
        for (int key = 0; key < keys; key++) {
            assertEquals(1, winners.get(key).get());
            assertEquals(Integer.toString(lastWinner[key]), read("key-" + key));
        }
    }

    @Test
    void oneCreatorWinsByMultipartUpload() throws Exception {
        var winners = new AtomicInteger();
        inParallel(4, thread -> {
            String upload = upload("key", "part of " + thread);
            try {
                complete("key", upload, "*");
                winners.incrementAndGet();
            } catch (S3Exception e) {
                assertEquals(412, e.statusCode(), e::getMessage);
            }
        });
        assertEquals(1, winners.get());
        assertTrue(read("key").startsWith("part of "));
    }

    @Test
    void etagAlwaysBelongsToTheBytesRead() throws Exception {
        store("key", "0");
        var done = new AtomicBoolean();
        inParallel(4, thread -> {
            if (thread == 0) {
                try {
                    for (int i = 1; i <= 300; i++) {
                        store("key", "x".repeat(i));
                    }
                } finally {
                    done.set(true);
                }
            }
            while (!done.get()) {
                var object = s3.getObjectAsBytes(get(bucket, "key"));
                assertEquals(
                        '"' + md5(object.asByteArray()) + '"', object.response().eTag());
            }
        });
    }

    @Test
    void writersAndDeletersOfOneFolderDoNotMeet() throws Exception {
        var done = new AtomicInteger();
        inParallel(4, thread -> {
            try {
                for (int i = 0; thread < 3 && i < 100; i++) {
                    store("folder/" + thread, "x");
                    s3.deleteObject(request -> request.bucket(bucket).key("folder/" + thread));
                }
            } finally {
                done.incrementAndGet();
            }
            while (thread == 3 && done.get() < 4) {
                var listed = keys(list(request -> request.prefix("folder/")));
                assertTrue(Set.of("folder/0", "folder/1", "folder/2").containsAll(listed), listed::toString);
            }
        });
        assertEquals(List.of(), keys(list(request -> {})));
    }

    @Test
    void conditionsAnswerAsS3Does() {
        String eTag = store("key", "one");
        assertFalse(stored(s3, put(bucket, "key").ifMatch("\"0123\"").build(), "two"));
        assertFalse(stored(s3, put(bucket, "key").ifNoneMatch("*").build(), "two"));
        var absent = put(bucket, "absent").ifMatch(eTag).build();
        assertThrows(NoSuchKeyException.class, () -> s3.putObject(absent, RequestBody.fromString("two")));
        assertEquals("one", read("key"));
        assertTrue(stored(s3, put(bucket, "key").ifMatch(eTag).build(), "two"));
        assertEquals("two", read("key"));
        assertEquals(
                412,
                status(() -> s3.getObjectAsBytes(
                        request -> request.bucket(bucket).key("key").ifMatch(eTag))));
    }

    // --- reads and deletes ---

    @Test
    void unchangedObjectIsNotSentAgain() {
        String eTag = store("key", "one");
        assertEquals(
                304,
                status(() -> s3.getObjectAsBytes(
                        request -> request.bucket(bucket).key("key").ifNoneMatch(eTag))));
        store("key", "two");
        assertEquals(
                "two",
                s3.getObjectAsBytes(request -> request.bucket(bucket).key("key").ifNoneMatch(eTag))
                        .asUtf8String());
    }

    @Test
    void rangesOfAnObject() {
        store("key", "0123456789");
        assertEquals("234", range("bytes=2-4"));
        assertEquals("789", range("bytes=7-"));
        assertEquals("789", range("bytes=-3"));
        assertEquals("89", range("bytes=8-20"));
        assertEquals(
                "bytes 2-4/10",
                s3.getObjectAsBytes(request -> request.bucket(bucket).key("key").range("bytes=2-4"))
                        .response()
                        .contentRange());
        assertEquals(416, status(() -> range("bytes=10-12")));
    }

    @Test
    void bytesAndMetadataComeBack() {
        byte[] bytes = new byte[3_000_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        var request =
                put(bucket, "a/b c+d%20é").contentType("application/x-quiver").metadata(Map.of("k", "v"));
        s3.putObject(request.build(), RequestBody.fromBytes(bytes));
        var object = s3.getObjectAsBytes(get(bucket, "a/b c+d%20é"));
        assertArrayEquals(bytes, object.asByteArray());
        assertEquals("application/x-quiver", object.response().contentType());
        assertEquals("v", object.response().metadata().get("k"));
    }

    @Test
    void deleteIsIdempotent() {
        store("key", "one");
        for (int i = 0; i < 2; i++) {
            var answer = s3.deleteObject(request -> request.bucket(bucket).key("key"));
            assertEquals(204, answer.sdkHttpResponse().statusCode());
        }
        assertThrows(NoSuchKeyException.class, () -> read("key"));
    }

    @Test
    void manyKeysAreDeletedByOneRequest() {
        List.of("a", "b", "c").forEach(key -> store(key, "x"));
        var objects = List.of("a", "c", "absent").stream()
                .map(key -> ObjectIdentifier.builder().key(key).build())
                .toList();
        var answer = s3.deleteObjects(request -> request.bucket(bucket).delete(delete -> delete.objects(objects)));
        assertFalse(answer.hasErrors());
        assertEquals(List.of("b"), keys(list(request -> {})));
    }

    @Test
    void keysTheStoreWouldConfuseAreRefused() {
        store("a/b", "x");
        for (String key : List.of("a//b", "a/./b", "c/../a/b", "a", "a/b/c")) {
            var refused = assertThrows(S3Exception.class, () -> store(key, "y"), key);
            assertEquals(400, refused.statusCode(), key);
            assertEquals("InvalidArgument", refused.awsErrorDetails().errorCode(), key);
        }
        assertEquals(
                400,
                status(() -> s3.deleteObject(request -> request.bucket(bucket).key("a//b"))));
        assertEquals("x", read("a/b"));
    }

    @Test
    void whatIsNotThereIs404() {
        var missing = assertThrows(NoSuchKeyException.class, () -> read("absent"));
        assertEquals(404, missing.statusCode());
        assertEquals("NoSuchKey", missing.awsErrorDetails().errorCode());
        assertEquals(
                404,
                status(() -> s3.headObject(request -> request.bucket(bucket).key("absent"))));
        assertThrows(NoSuchBucketException.class, () -> s3.getObjectAsBytes(get("no-such-bucket", "key")));
        assertEquals(List.of(), keys(list(request -> {})));
        s3.deleteBucket(request -> request.bucket(bucket));
        assertThrows(NoSuchBucketException.class, () -> list(request -> {}));
    }

    // --- listings ---

    @Test
    void keysAreInUtf8Order() {
        // By UTF-16 units, as Java compares, the last two would be the other way round.
        var sorted = List.of("A", "a", "a!", "b/b", "b0", "é", "\uFFFD", "\uD83D\uDE00");
        sorted.reversed().forEach(key -> store(key, "x"));
        assertEquals(sorted, keys(list(request -> {})));
        assertEquals(sorted, pagedNames(1, request -> {}));
        assertEquals(List.of("\uD83D\uDE00"), keys(list(request -> request.startAfter("\uFFFD"))));
    }

    @Test
    void pagesJoinToTheWhole() {
        var all = IntStream.range(0, 25).mapToObj(i -> "p/%03d".formatted(i)).toList();
        all.forEach(key -> store(key, "x"));
        store("o", "x");
        store("q", "x");
        assertEquals(all, pagedNames(7, request -> request.prefix("p/")));
        assertEquals(all.subList(11, 25), pagedNames(7, request -> request.prefix("p/")
                .startAfter("p/010")));
        var first = list(request -> request.prefix("p/").maxKeys(7));
        assertTrue(first.isTruncated());
        assertEquals(7, first.keyCount());
        var last = list(request -> request.prefix("p/").startAfter("p/023"));
        assertFalse(last.isTruncated());
        assertNull(last.nextContinuationToken());
    }

    @Test
    void delimiterFoldsKeys() {
        List.of("a/1", "a/2", "b", "c/1", "c/d/1", "e").forEach(key -> store(key, "x"));
        var root = list(request -> request.delimiter("/"));
        assertEquals(List.of("b", "e"), keys(root));
        assertEquals(List.of("a/", "c/"), prefixes(root));
        for (int size = 1; size <= 4; size++) {
            assertEquals(Set.of("a/", "b", "c/", "e"), Set.copyOf(pagedNames(size, request -> request.delimiter("/"))));
        }
        store("a/", "");
        assertEquals(List.of("a/", "c/"), prefixes(list(request -> request.delimiter("/"))));
        assertEquals(List.of("a/", "a/1", "a/2"), keys(list(request -> request.prefix("a/")
                .delimiter("/"))));
        var inside = list(request -> request.prefix("c/").delimiter("/"));
        assertEquals(List.of("c/1"), keys(inside));
        assertEquals(List.of("c/d/"), prefixes(inside));
        assertEquals(List.of("a/", "c/"), prefixes(list(request -> request.delimiter("/")
                .startAfter("a/1"))));
        assertEquals(
                List.of("c/"), prefixes(list(request -> request.delimiter("/").startAfter("a/2"))));
    }

    @Test
    void listV1PagesToo() {
        List.of("a/1", "a/2", "b", "c/1").forEach(key -> store(key, "x"));
        var names = new ArrayList<String>();
        String marker = null;
        do {
            String from = marker;
            var page = s3.listObjects(
                    request -> request.bucket(bucket).delimiter("/").maxKeys(1).marker(from));
            page.contents().forEach(object -> names.add(object.key()));
            page.commonPrefixes().forEach(prefix -> names.add(prefix.prefix()));
            marker = page.isTruncated() ? page.nextMarker() : null;
        } while (marker != null);
        assertEquals(List.of("a/", "b", "c/"), names);
    }

    @Test
    void uploadInProgressIsNotListed() {
        String upload = upload("key", "part");
        assertEquals(0, list(request -> request.maxKeys(1)).keyCount());
        complete("key", upload, null);
        assertEquals(List.of("key"), keys(list(request -> {})));
        assertEquals("part", read("key"));
    }

    // --- the process ---

    @Test
    void bucketIsMadeAtStart() {
        s3.headBucket(request -> request.bucket("made-at-start"));
    }

    @Test
    void wrongSecretIsRefused() {
        try (S3Client stranger = Clients.client(emulator.endpoint(), emulator.accessKey(), "wrong")) {
            assertEquals(403, status(() -> stranger.getObjectAsBytes(get(bucket, "key"))));
        }
    }

    // --- helpers ---

    private String store(String key, String body) {
        return s3.putObject(put(bucket, key).build(), RequestBody.fromString(body))
                .eTag();
    }

    private String read(String key) {
        return s3.getObjectAsBytes(get(bucket, key)).asUtf8String();
    }

    private String range(String range) {
        return s3.getObjectAsBytes(request -> request.bucket(bucket).key("key").range(range))
                .asUtf8String();
    }

    private String upload(String key, String part) {
        String upload = s3.createMultipartUpload(
                        request -> request.bucket(bucket).key(key))
                .uploadId();
        s3.uploadPart(
                request -> request.bucket(bucket).key(key).uploadId(upload).partNumber(1),
                RequestBody.fromString(part));
        return upload;
    }

    private void complete(String key, String upload, String ifNoneMatch) {
        var parts = s3.listParts(request -> request.bucket(bucket).key(key).uploadId(upload)).parts().stream()
                .map(part -> CompletedPart.builder()
                        .partNumber(part.partNumber())
                        .eTag(part.eTag())
                        .build())
                .toList();
        s3.completeMultipartUpload(request -> request.bucket(bucket)
                .key(key)
                .uploadId(upload)
                .ifNoneMatch(ifNoneMatch)
                .multipartUpload(completed -> completed.parts(parts)));
    }

    private ListObjectsV2Response list(Consumer<ListObjectsV2Request.Builder> options) {
        return s3.listObjectsV2(ListObjectsV2Request.builder()
                .bucket(bucket)
                .applyMutation(options)
                .build());
    }

    /** Keys, and common prefixes after the keys of their page, of all pages. */
    private List<String> pagedNames(int pageSize, Consumer<ListObjectsV2Request.Builder> options) {
        var names = new ArrayList<String>();
        var request =
                ListObjectsV2Request.builder().bucket(bucket).maxKeys(pageSize).applyMutation(options);
        for (var page : s3.listObjectsV2Paginator(request.build())) {
            assertTrue(page.keyCount() <= pageSize);
            names.addAll(keys(page));
            names.addAll(prefixes(page));
        }
        return names;
    }

    private static List<String> keys(ListObjectsV2Response page) {
        return page.contents().stream().map(S3Object::key).toList();
    }

    private static List<String> prefixes(ListObjectsV2Response page) {
        return page.commonPrefixes().stream().map(CommonPrefix::prefix).toList();
    }

    private static int status(Callable<?> request) {
        return assertThrows(S3Exception.class, request::call).statusCode();
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }

    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void inParallel(int threads, Work work) throws Exception {
        try (var executor = Executors.newFixedThreadPool(threads)) {
            var futures = new ArrayList<Future<?>>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                futures.add(executor.submit(() -> {
                    work.run(thread);
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }
}
