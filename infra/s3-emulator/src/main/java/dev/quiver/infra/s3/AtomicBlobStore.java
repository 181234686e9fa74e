package dev.quiver.infra.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.SdkResponses;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * The fix that makes s3proxy's in-memory store fit for optimistic concurrency, as Amazon S3 is. s3proxy looks at the
 * ETag first and writes afterwards, so two writers holding the same ETag can both pass and one update is lost; its
 * reads can pair the ETag of one version with the bytes of another. The one idea: judge the condition and do the write
 * as one step under a lock, with the body already in memory so that the step is short. The lock is one for the whole
 * store, not one for each key, because keys share folders in the store below: deleting the last key of a folder would
 * race the first write into it, and a listing would show half-written files.
 */
final class AtomicBlobStore extends ForwardingBlobStore {

    /** The order S3 lists keys in; the store below compares UTF-16 units, which differs beyond U+D7FF. */
    private static final Comparator<String> UTF8_ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

    /** s3proxy keeps the metadata of an upload in progress under such keys and hides them, but only after paging. */
    private static final String UPLOAD_STUB = ".s3proxy-mpu-stub-";

    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    /** Sorted, and good until the next write: the store below reads every file's attributes for each single page. */
    private final Map<Listing, List<S3Object>> listings = new ConcurrentHashMap<>();

    private record Listing(String bucket, String prefix) {}

    AtomicBlobStore(BlobStore store) {
        super(store);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        requirePath(request.key());
        if (request.key().endsWith("/") && request.contentLength() > 0) {
            throw S3Exceptions.invalidArgument("This store can't hold bytes in a folder mark: " + request.key());
        }
        InputStream body = inMemory(payload);
        return write(() -> {
            check(request.bucket(), request.key(), request.ifMatch(), request.ifNoneMatch());
            var unconditional =
                    request.toBuilder().ifMatch(null).ifNoneMatch(null).build();
            return super.putBlob(unconditional, body);
        });
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        return write(() -> {
            check(request.bucket(), request.key(), request.ifMatch(), request.ifNoneMatch());
            var unconditional =
                    request.toBuilder().ifMatch(null).ifNoneMatch(null).build();
            return super.completeMultipartUpload(upload, unconditional);
        });
    }

    // From here on only the lock can be added: s3proxy settles the conditions of a delete itself, as it does an
    // If-Match of the completion above that names an ETag, and knows none for the target of a copy.

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        requirePath(request.sourceKey());
        requirePath(request.destinationKey());
        return write(() -> super.copyBlob(request));
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        requirePath(request.key());
        return write(() -> super.removeBlob(request));
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        requirePath(request.key());
        return write(() -> super.initiateMultipartUpload(request));
    }

    @Override
    public UploadPartResponse uploadMultipartPart(
            MultipartUpload upload, UploadPartRequest request, InputStream payload) {
        InputStream body = inMemory(payload);
        return write(() -> super.uploadMultipartPart(upload, request, body));
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        write(() -> {
            super.abortMultipartUpload(upload);
            return null;
        });
    }

    @Override
    public void deleteBucket(String bucket) {
        write(() -> {
            super.deleteBucket(bucket);
            return null;
        });
    }

    /** The stream outlives the lock safely: a later write replaces the file, and this one stays open on the old. */
    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        requirePath(request.key());
        return read(() -> super.getBlob(request));
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        requirePath(request.key());
        return read(() -> super.blobMetadata(request));
    }

    /** Pages here, over all keys below the prefix, since order, start-after and delimiter differ from S3 below. */
    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        String prefix = Objects.requireNonNullElse(request.prefix(), "");
        String delimiter = Objects.requireNonNullElse(request.delimiter(), "");
        int maxKeys = Objects.requireNonNullElse(request.maxKeys(), Integer.MAX_VALUE);
        Predicate<Entry> wanted = afterStart(request);

        var contents = new ArrayList<S3Object>();
        var prefixes = new ArrayList<CommonPrefix>();
        String last = null;
        for (S3Object object : allObjects(request.bucket(), prefix)) {
            Entry entry = Entry.of(object, prefix, delimiter);
            if (entry.name().equals(last) || !wanted.test(entry)) {
                continue;
            }
            if (contents.size() + prefixes.size() == maxKeys) {
                return SdkResponses.objectsPage(contents, prefixes, last == null ? null : token(last));
            }
            if (entry.isPrefix()) {
                prefixes.add(SdkResponses.commonPrefix(entry.name()));
            } else {
                contents.add(object);
            }
            last = entry.name();
        }
        return SdkResponses.objectsPage(contents, prefixes, null);
    }

    private List<S3Object> allObjects(String bucket, String prefix) {
        return read(() -> listings.computeIfAbsent(new Listing(bucket, prefix), this::readAll));
    }

    private List<S3Object> readAll(Listing of) {
        var all = ListObjectsV2Request.builder()
                .bucket(of.bucket())
                .prefix(of.prefix())
                .build();
        return super.list(all).contents().stream()
                .filter(object -> object.key().startsWith(of.prefix()))
                .filter(object -> !object.key().startsWith(UPLOAD_STUB))
                .sorted(Comparator.comparing(S3Object::key, UTF8_ORDER))
                .toList();
    }

    /** One line of a listing: a key, or the common prefix ({@code name}) that stands for it and its neighbours. */
    private record Entry(String key, String name, boolean isPrefix) {
        static Entry of(S3Object object, String prefix, String delimiter) {
            String key = object.key();
            int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            return cut < 0
                    ? new Entry(key, key, false)
                    : new Entry(key, key.substring(0, cut + delimiter.length()), true);
        }
    }

    private static Predicate<Entry> afterStart(ListObjectsV2Request request) {
        if (request.continuationToken() != null) {
            String last = lastName(request.continuationToken());
            return entry -> UTF8_ORDER.compare(entry.name(), last) > 0;
        }
        String start = request.startAfter();
        if (start == null) {
            return entry -> true;
        }
        // Start-after names a key, so a prefix with keys beyond it is still due. Being itself the name of a prefix
        // means "that one is done": ListObjects (V1) pages that way.
        return entry -> UTF8_ORDER.compare(entry.key(), start) > 0
                && !(entry.isPrefix() && entry.name().equals(start));
    }

    /** Base64, because the frontend writes the token into XML as it is, and a key may hold what XML can't. */
    private static String token(String lastName) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(lastName.getBytes(UTF_8));
    }

    private static String lastName(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), UTF_8);
        } catch (IllegalArgumentException e) {
            throw S3Exceptions.invalidArgument("The continuation token provided is incorrect");
        }
    }

    /** The store below keeps a key as a path of files, and would take {@code a//b} or {@code a/./b} for {@code a/b}. */
    private static void requirePath(String key) {
        String withoutFolderMark = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
        for (String name : withoutFolderMark.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw S3Exceptions.invalidArgument("This store can't hold the key " + key);
            }
        }
    }

    /** S3's rules: If-Match on a key that is not there is 404, any other mismatch 412. */
    private void check(String bucket, String key, String ifMatch, String ifNoneMatch) {
        if (ifMatch == null && ifNoneMatch == null) {
            return;
        }
        HeadObjectResponse current = delegate().blobMetadataIfPresent(bucket, key);
        if (ifMatch != null && current == null) {
            throw S3Exceptions.noSuchKey(bucket, key, "If-Match");
        }
        if (ifMatch != null && !matches(ifMatch, current)) {
            throw S3Exceptions.preconditionFailed(null);
        }
        if (ifNoneMatch != null && current != null && matches(ifNoneMatch, current)) {
            throw S3Exceptions.preconditionFailed(null);
        }
    }

    private static boolean matches(String condition, HeadObjectResponse current) {
        return condition.equals("*") || unquoted(condition).equals(unquoted(current.eTag()));
    }

    private static String unquoted(String eTag) {
        return eTag.replace("\"", "");
    }

    /** Before the lock: a slow client must not hold it. A checksum that fails shows here too, before any write. */
    private static InputStream inMemory(InputStream payload) {
        try (payload) {
            return new ByteArrayInputStream(payload.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T read(Supplier<T> operation) {
        return locked(lock.readLock(), operation);
    }

    private <T> T write(Supplier<T> operation) {
        return locked(lock.writeLock(), () -> {
            try {
                return operation.get();
            } catch (RuntimeException e) {
                if (e.getCause() instanceof FileSystemException) {
                    // The body is in memory already, so what is left to fail is a key that is the folder of another.
                    throw S3Exceptions.invalidArgument(
                            "This store can't hold a key and keys below it: " + e.getCause());
                }
                throw e;
            } finally {
                listings.clear();
            }
        });
    }

    private static <T> T locked(Lock lock, Supplier<T> operation) {
        lock.lock();
        try {
            return operation.get();
        } finally {
            lock.unlock();
        }
    }
}
