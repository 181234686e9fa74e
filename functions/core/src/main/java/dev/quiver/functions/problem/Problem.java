package dev.quiver.functions.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What went wrong, in the form of RFC 9457. */
@Schema(description = "What went wrong and what to change (RFC 9457).")
public record Problem(
        @Schema(
                description = "Names the kind of problem; stable, for programs.",
                required = true,
                examples = "urn:quiver:problem:dimension-mismatch")
        String type,

        @Schema(
                description = "The kind of problem in words.",
                required = true,
                examples = "The vector does not fit the collection")
        String title,

        @Schema(description = "The HTTP status.", required = true, examples = "400")
        int status,

        @Schema(
                description = "What is wrong here and what to change.",
                required = true,
                examples = "The vector has 3 components, the collection holds vectors of 384.")
        String detail,

        @Schema(description = "The fields that are wrong, when it is about fields.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<FieldError> errors) {

    public static final String MEDIA_TYPE = "application/problem+json";

    @Schema(description = "One field that is wrong.")
    public record FieldError(
            @Schema(
                    description = "Where in the request, as a JSON pointer (RFC 6901).",
                    required = true,
                    examples = "/records/0/vector")
            String pointer,

            @Schema(description = "What is wrong with it.", required = true)
            String detail) {}

    /** The kinds of problem, with their status. */
    public enum Kind {
        MALFORMED_JSON(400, "The request is not valid JSON"),
        INVALID_REQUEST(400, "The request is not valid"),
        UNKNOWN_FIELD(400, "The request has a field that does not exist"),
        DIMENSION_MISMATCH(400, "The vector does not fit the collection"),
        INVALID_VECTOR(400, "The vector cannot be used"),
        INVALID_FILTER(400, "The filter is not valid"),
        UNAUTHORIZED(401, "The request has no valid key"),
        FORBIDDEN(403, "The key does not allow this"),
        COLLECTION_NOT_FOUND(404, "There is no such collection"),
        RECORD_NOT_FOUND(404, "There is no such record"),
        MODEL_NOT_FOUND(404, "There is no such model"),
        NOT_FOUND(404, "There is no such operation"),
        METHOD_NOT_ALLOWED(405, "Operations are called with POST"),
        COLLECTION_EXISTS(409, "The collection exists already"),
        MODEL_MISMATCH(409, "The collection was made with another model"),
        OUT_OF_RETENTION(410, "That state is not kept any more"),
        CONDITION_FAILED(412, "A condition of the request does not hold"),
        TOO_LARGE(413, "The request is too large"),
        UNSUPPORTED_MEDIA_TYPE(415, "The request is not JSON"),
        IDEMPOTENCY_KEY_REUSED(422, "The idempotency key belongs to another request"),
        INTERNAL(500, "Quiver failed"),
        CORRUPT_DATA(500, "Stored data is damaged"),
        MODEL_FAILED(502, "The model's provider failed"),
        BUSY(503, "Too many writers"),
        STORE_UNAVAILABLE(503, "The store did not answer");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        public int status() {
            return status;
        }

        public String title() {
            return title;
        }

        public String type() {
            return "urn:quiver:problem:"
                    + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    public static Problem of(Kind kind, String detail, List<FieldError> errors) {
        return new Problem(kind.type(), kind.title, kind.status, detail, errors);
    }
}
