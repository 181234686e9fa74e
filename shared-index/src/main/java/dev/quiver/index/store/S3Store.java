package dev.quiver.index.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Objects in an S3 bucket (or anything that speaks its protocol with conditional writes) under a prefix. The SDK's own
 * retries stay on: a retried put whose first attempt was applied comes back as {@link PutResult.Refused}, which callers
 * resolve by reading back, as they must for every lost answer.
 */
public final class S3Store implements ObjectStore {
    /** Past this size an object goes up in parts, so that a broken connection costs one part and not all. */
    private static final long MULTIPART_FROM = 64L << 20;

    private static final long PART = 32L << 20;
    private static final int MAX_PARTS = 10_000;
    private static final int PAGE_ATTEMPTS = 3;

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final boolean directory;
    /** Null if the client is to read them. */
    private final S3Ranges ranges;

    /**
     * @param client is closed with this store
     * @param bucket may be a directory bucket (S3 Express One Zone), known by its name
     * @param prefix prepended to every key; empty or ending in {@code /}
     */
    public S3Store(S3Client client, String bucket, String prefix) {
        this(client, null, bucket, prefix);
    }

    /**
     * As {@link #S3Store(S3Client, String, String)}, but ranges are read faster.
     *
     * @param ranges is closed with this store
     */
    public S3Store(S3Client client, S3Ranges ranges, String bucket, String prefix) {
        this(client, ranges, bucket, prefix, bucket.endsWith("--x-s3"));
    }

    /** @param directory lists by whole folders only, in no order, and not from a key on */
    S3Store(S3Client client, S3Ranges ranges, String bucket, String prefix, boolean directory) {
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("The prefix must be empty or end in '/': " + prefix);
        }
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.directory = directory;
        // Directory buckets are signed for by sessions.
        this.ranges = directory ? null : ranges;
    }

    @Override
    public Optional<Blob> get(String key) {
        try {
            ResponseBytes<GetObjectResponse> r =
                    client.getObjectAsBytes(b -> b.bucket(bucket).key(full(key)));
            return Optional.of(new Blob(r.asByteArrayUnsafe(), r.response().eTag()));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException | UncheckedIOException e) {
            throw failed(Operation.READ, key, e);
        }
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        try {
            ResponseBytes<GetObjectResponse> r =
                    client.getObjectAsBytes(b -> b.bucket(bucket).key(full(key)).ifNoneMatch(etag));
            return new ConditionalGet.Changed(
                    new Blob(r.asByteArrayUnsafe(), r.response().eTag()));
        } catch (NoSuchKeyException e) {
            return new ConditionalGet.Missing();
        } catch (SdkException | UncheckedIOException e) {
            if (status(e) == 304) {
                return new ConditionalGet.Unchanged();
            }
            throw failed(Operation.READ, key, e);
        }
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        if (target.byteSize() == 0) {
            return;
        }
        if (ranges != null && ranges.read(bucket, full(key), offset, target)) {
            return;
        }
        String range = "bytes=" + offset + "-" + (offset + target.byteSize() - 1);
        try {
            client.getObject(
                    b -> b.bucket(bucket).key(full(key)).range(range), ResponseTransformer.unmanaged((response, in) -> {
                        try (in) {
                            copy(in, target, key);
                        }
                        return response;
                    }));
        } catch (NoSuchKeyException e) {
            throw StoreException.refused("There is no object " + key, e);
        } catch (SdkException | UncheckedIOException e) {
            throw failed(Operation.READ, key, e);
        }
    }

    /** What is thrown here the SDK takes for final unless it says otherwise. */
    private static void copy(InputStream in, MemorySegment target, String key) {
        byte[] buffer = new byte[(int) Math.min(1 << 18, target.byteSize())];
        long done = 0;
        while (done < target.byteSize()) {
            int n;
            try {
                n = in.read(buffer, 0, (int) Math.min(buffer.length, target.byteSize() - done));
            } catch (IOException e) {
                throw RetryableException.create("Object " + key + " could not be read to its end", e);
            }
            if (n < 0) {
                // May be a cut connection.
                throw RetryableException.create(
                        "Object " + key + " ended after " + done + " of " + target.byteSize() + " bytes");
            }
            MemorySegment.copy(MemorySegment.ofArray(buffer), 0, target, done, n);
            done += n;
        }
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        try {
            return content.size() < MULTIPART_FROM
                    ? putWhole(key, content, precondition)
                    : putInParts(key, content, precondition);
        } catch (SdkException | UncheckedIOException e) {
            int status = status(e);
            if (status == 412 || status == 409) {
                return new PutResult.Refused();
            }
            // A missing object under If-Match is a precondition that does not hold.
            if (status == 404 && precondition instanceof Precondition.IfMatch && e instanceof NoSuchKeyException) {
                return new PutResult.Refused();
            }
            throw failed(Operation.WRITE, key, e);
        } catch (IOException e) {
            throw StoreException.refused("Cannot read what should be stored as " + key + ": " + e.getMessage(), e);
        }
    }

    private PutResult putWhole(String key, Content content, Precondition precondition) {
        RequestBody body =
                switch (content) {
                    case Content.Bytes(byte[] bytes) -> RequestBody.fromBytes(bytes);
                    case Content.File file -> RequestBody.fromFile(file.path());
                };
        return new PutResult.Stored(client.putObject(
                        b -> {
                            b.bucket(bucket).key(full(key));
                            switch (precondition) {
                                case Precondition.IfAbsent _ -> b.ifNoneMatch("*");
                                case Precondition.IfMatch(String etag) -> b.ifMatch(etag);
                            }
                        },
                        body)
                .eTag());
    }

    private PutResult putInParts(String key, Content content, Precondition precondition) throws IOException {
        long part = Math.max(PART, (content.size() + MAX_PARTS - 1) / MAX_PARTS);
        String upload = client.createMultipartUpload(b -> b.bucket(bucket).key(full(key)))
                .uploadId();
        boolean completed = false;
        try (InputStream in = content.open()) {
            List<CompletedPart> parts = new ArrayList<>();
            for (long at = 0; at < content.size(); at += part) {
                byte[] bytes = in.readNBytes((int) Math.min(part, content.size() - at));
                int number = parts.size() + 1;
                String etag = client.uploadPart(
                                b -> b.bucket(bucket)
                                        .key(full(key))
                                        .uploadId(upload)
                                        .partNumber(number),
                                RequestBody.fromBytes(bytes))
                        .eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
            }
            String etag = client.completeMultipartUpload(b -> {
                        b.bucket(bucket).key(full(key)).uploadId(upload).multipartUpload(m -> m.parts(parts));
                        switch (precondition) {
                            case Precondition.IfAbsent _ -> b.ifNoneMatch("*");
                            case Precondition.IfMatch(String match) -> b.ifMatch(match);
                        }
                    })
                    .eTag();
            completed = true;
            return new PutResult.Stored(etag);
        } finally {
            if (!completed) {
                abort(key, upload);
            }
        }
    }

    private void abort(String key, String upload) {
        try {
            client.abortMultipartUpload(b -> b.bucket(bucket).key(full(key)).uploadId(upload));
        } catch (SdkException | UncheckedIOException e) {
            // The bucket's lifecycle rule removes unfinished uploads; the first failure is the one to report.
        }
    }

    @Override
    public void delete(String key) {
        try {
            client.deleteObject(b -> b.bucket(bucket).key(full(key)));
        } catch (NoSuchKeyException e) {
            // Some servers say so; S3 does not.
        } catch (SdkException | UncheckedIOException e) {
            throw failed(Operation.DELETE, key, e);
        }
    }

    @Override
    public List<Listed> list(String keyPrefix, String startAfter) {
        Keys.checkPrefix(keyPrefix);
        List<Listed> found = new ArrayList<>();
        String token = null;
        do {
            String continuation = token;
            String asked = directory ? keyPrefix.substring(0, keyPrefix.lastIndexOf('/') + 1) : keyPrefix;
            ListObjectsV2Response page = page(asked, b -> {
                b.continuationToken(continuation);
                if (!startAfter.isEmpty() && !directory) {
                    b.startAfter(prefix + startAfter);
                }
            });
            page.contents()
                    .forEach(o -> found.add(new Listed(
                            o.key().substring(prefix.length()),
                            o.size(),
                            o.lastModified().toEpochMilli())));
            token = page.nextContinuationToken();
        } while (token != null);
        if (directory) {
            found.removeIf(l -> !l.key().startsWith(keyPrefix) || l.key().compareTo(startAfter) <= 0);
            found.sort(Comparator.comparing(Listed::key));
        }
        return found;
    }

    @Override
    public List<String> folders(String keyPrefix) {
        Keys.checkPrefix(keyPrefix);
        List<String> names = new ArrayList<>();
        String token = null;
        do {
            String continuation = token;
            ListObjectsV2Response page = page(keyPrefix, b -> b.delimiter("/").continuationToken(continuation));
            page.commonPrefixes()
                    .forEach(p -> names.add(p.prefix()
                            .substring(
                                    prefix.length() + keyPrefix.length(),
                                    p.prefix().length() - 1)));
            token = page.nextContinuationToken();
        } while (token != null);
        if (directory) {
            names.sort(null);
        }
        return names;
    }

    private ListObjectsV2Response page(String keyPrefix, Consumer<ListObjectsV2Request.Builder> request) {
        for (int attempt = 1; ; attempt++) {
            try {
                return client.listObjectsV2(b -> request.accept(b.bucket(bucket).prefix(prefix + keyPrefix)));
            } catch (SdkException | UncheckedIOException e) {
                // A page that ended in the middle the SDK does not ask for again.
                boolean cut = e instanceof UncheckedIOException || e.getCause() instanceof XMLStreamException;
                if (!cut || attempt == PAGE_ATTEMPTS) {
                    throw failed(Operation.LIST, keyPrefix, e);
                }
            }
        }
    }

    @Override
    public String description() {
        return "s3://" + bucket + "/" + prefix;
    }

    @Override
    public void close() {
        if (ranges != null) {
            ranges.close();
        }
        client.close();
    }

    private String full(String key) {
        return prefix + Keys.check(key);
    }

    private static int status(RuntimeException e) {
        return e instanceof S3Exception s3 ? s3.statusCode() : 0;
    }

    private enum Operation {
        READ("read", "s3:GetObject"),
        WRITE("write", "s3:PutObject"),
        DELETE("delete", "s3:DeleteObject"),
        LIST("list", "s3:ListBucket");

        private final String verb;
        private final String permission;

        Operation(String verb, String permission) {
            this.verb = verb;
            this.permission = permission;
        }
    }

    private StoreException failed(Operation operation, String key, RuntimeException e) {
        String message = "Cannot " + operation.verb + " s3://" + bucket + "/" + prefix + key + ": "
                + advice(operation, e) + e.getMessage();
        if (e instanceof NoSuchUploadException) {
            // A retried completion of an upload whose first completion was applied is told so too.
            return StoreException.unknown(message, e);
        }
        int status = status(e);
        boolean refused = status >= 400 && status < 500 && status != 408 && status != 429;
        // What the server says of the last attempt it does not say of those before, whose answers were lost.
        return refused && e instanceof SdkException s && Objects.equals(s.numAttempts(), 1)
                ? StoreException.refused(message, e)
                : StoreException.unknown(message, e);
    }

    /** A missing permission is the usual mistake of a new deployment. */
    private String advice(Operation operation, RuntimeException e) {
        if (!(e instanceof S3Exception s3)
                || s3.awsErrorDetails() == null
                || !"AccessDenied".equals(s3.awsErrorDetails().errorCode())) {
            return "";
        }
        String list = "s3:ListBucket on arn:aws:s3:::" + bucket;
        String needed = operation == Operation.LIST
                ? list
                : operation.permission + " on arn:aws:s3:::" + bucket + "/" + prefix + "*";
        return "access is denied. The credentials need " + needed
                + (operation == Operation.READ
                        ? " (and " + list + ", or S3 denies to say that there is no such object). "
                        : ". ");
    }
}
