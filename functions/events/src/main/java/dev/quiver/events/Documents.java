package dev.quiver.events;

import dev.quiver.functions.documents.Ingestor;
import java.io.IOException;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** One document in a bucket, as it is when it is asked. */
final class Documents implements Ingestor.LiveSource {
    private final S3Client s3;
    private final ObjectChange object;
    private final String path;
    private final long maxBytes;

    /** @param path within its collection */
    Documents(S3Client s3, ObjectChange object, String path, long maxBytes) {
        this.s3 = s3;
        this.object = object;
        this.path = path;
        this.maxBytes = maxBytes;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public Optional<Ingestor.Content> read() throws IOException {
        Optional<HeadObjectResponse> head = head();
        if (head.isEmpty()) {
            return Optional.empty();
        }
        if (head.get().contentLength() > maxBytes) {
            throw new UnusableEventException(object + " has " + (head.get().contentLength() >> 20) + " MiB, at most "
                    + (maxBytes >> 20)
                    + " are read. Split it, or raise quiver.ingest.max-mib and the function's memory.");
        }
        try {
            // What was measured is what is read, also if somebody replaces it with something huge now.
            var read = s3.getObjectAsBytes(b -> b.bucket(object.bucket())
                    .key(object.key())
                    .ifMatch(head.get().eTag()));
            return Optional.of(
                    new Ingestor.Content(read.asByteArray(), read.response().eTag()));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    @Override
    public Optional<String> version() throws IOException {
        return head().map(HeadObjectResponse::eTag);
    }

    private Optional<HeadObjectResponse> head() throws IOException {
        try {
            return Optional.of(s3.headObject(b -> b.bucket(object.bucket()).key(object.key())));
        } catch (NoSuchKeyException e) {
            return confirmGone();
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    /** A HEAD says 404 without words, also when the bucket is missing; nothing may be removed for that. */
    private Optional<HeadObjectResponse> confirmGone() throws IOException {
        try {
            s3.getObjectAsBytes(b -> b.bucket(object.bucket()).key(object.key()).range("bytes=0-0"));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw failed(e);
        }
        throw new IOException(object + " came and went while it was looked at");
    }

    private IOException failed(SdkException e) {
        if (e instanceof S3Exception s && s.statusCode() == 403) {
            return new IOException(
                    object
                            + " may not be read: the function's role needs s3:GetObject on it, and s3:ListBucket on the bucket to see that an object is gone.",
                    e);
        }
        return new IOException(object + " could not be read: " + e.getMessage(), e);
    }
}
