package dev.quiver.functions.s3vectors;

import java.util.List;

/**
 * Ends an operation as Amazon S3 Vectors ends it, so that its clients throw what they throw there.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_S3_Vectors.html">The operations of Amazon S3 Vectors and their errors</a>
 */
public final class S3VectorsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final transient List<Field> fields;

    /** What went wrong, by the service's name for it and the HTTP status. */
    public enum Kind {
        ACCESS_DENIED("AccessDeniedException", 403),
        CONFLICT("ConflictException", 409),
        INTERNAL("InternalServerException", 500),
        NOT_FOUND("NotFoundException", 404),
        /** Of the protocol and not of the service: the body is not JSON. */
        SERIALIZATION("SerializationException", 400),
        TOO_MANY_REQUESTS("TooManyRequestsException", 429),
        UNAVAILABLE("ServiceUnavailableException", 503),
        /** Of the protocol: the body is of another type than JSON. */
        UNSUPPORTED_MEDIA_TYPE("UnsupportedMediaTypeException", 415),
        VALIDATION("ValidationException", 400);

        private final String type;
        private final int status;

        Kind(String type, int status) {
            this.type = type;
            this.status = status;
        }

        public String type() {
            return type;
        }

        public int status() {
            return status;
        }
    }

    /**
     * A field that is not valid.
     *
     * @param path as the service writes it: {@code /topK}, {@code vectors[0].metadata}, {@code filter}
     */
    public record Field(String path, String message) {}

    public S3VectorsException(Kind kind, String message) {
        this(kind, message, List.of(), null);
    }

    private S3VectorsException(Kind kind, String message, List<Field> fields, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.fields = fields;
    }

    static S3VectorsException invalid(String path, String message) {
        return invalid(message, List.of(new Field(path, message)));
    }

    public static S3VectorsException invalid(String message, List<Field> fields) {
        return new S3VectorsException(Kind.VALIDATION, message, fields, null);
    }

    static S3VectorsException bucketNotFound() {
        return new S3VectorsException(Kind.NOT_FOUND, "The specified vector bucket could not be found");
    }

    static S3VectorsException indexNotFound() {
        return new S3VectorsException(Kind.NOT_FOUND, "The specified index could not be found");
    }

    public Kind kind() {
        return kind;
    }

    public List<Field> fields() {
        return fields;
    }
}
