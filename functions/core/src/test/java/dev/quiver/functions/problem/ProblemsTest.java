package dev.quiver.functions.problem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.index.CollectionExistsException;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.CommitContentionException;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** Holds down what a caller is told of each exception that an operation can end with, and that the types, which programs compare, never change. */
class ProblemsTest {

    private static Problem of(Throwable t) {
        return Problems.of(t).orElseThrow();
    }

    /** The index makes some of its exceptions itself only. */
    private static <T extends Exception> T made(Class<T> type, Object... arguments) {
        try {
            for (Constructor<?> c : type.getDeclaredConstructors()) {
                if (c.getParameterCount() == arguments.length) {
                    c.setAccessible(true);
                    return type.cast(c.newInstance(arguments));
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        throw new AssertionError("no constructor of " + type + " takes " + Arrays.toString(arguments));
    }

    @Test
    void typesAndStatusesAreStable() {
        Map<Kind, Integer> statuses = new java.util.EnumMap<>(Kind.class);
        for (Kind k : Kind.values()) {
            statuses.put(k, k.status());
            assertThat(k.type()).matches("urn:quiver:problem:[a-z]+(-[a-z]+)*");
            assertThat(k.title()).isNotBlank();
        }
        assertThat(statuses.toString())
                .isEqualTo("{MALFORMED_JSON=400, INVALID_REQUEST=400, UNKNOWN_FIELD=400, DIMENSION_MISMATCH=400, "
                        + "INVALID_VECTOR=400, INVALID_FILTER=400, UNAUTHORIZED=401, FORBIDDEN=403, COLLECTION_NOT_FOUND=404, RECORD_NOT_FOUND=404, "
                        + "MODEL_NOT_FOUND=404, NOT_FOUND=404, METHOD_NOT_ALLOWED=405, COLLECTION_EXISTS=409, "
                        + "MODEL_MISMATCH=409, OUT_OF_RETENTION=410, CONDITION_FAILED=412, TOO_LARGE=413, UNSUPPORTED_MEDIA_TYPE=415, IDEMPOTENCY_KEY_REUSED=422, INTERNAL=500, "
                        + "CORRUPT_DATA=500, MODEL_FAILED=502, BUSY=503, STORE_UNAVAILABLE=503}");
        assertThat(Kind.DIMENSION_MISMATCH.type()).isEqualTo("urn:quiver:problem:dimension-mismatch");
    }

    @Test
    void theIndexsExceptionsHaveTheirProblems() {
        assertThat(of(made(CollectionNotFoundException.class, "docs", "memory")).status())
                .isEqualTo(404);
        assertThat(of(made(CollectionExistsException.class, "docs")).type())
                .isEqualTo("urn:quiver:problem:collection-exists");
        assertThat(of(made(CommitContentionException.class, "docs", 50)).status())
                .isEqualTo(503);
        assertThat(of(new CorruptDataException("docs/log/1: the checksum is wrong"))
                        .type())
                .isEqualTo("urn:quiver:problem:corrupt-data");
    }

    @Test
    void aVectorsProblemSaysWhetherItIsTheLengthOrTheNumbers() {
        assertThat(of(vector(new float[2], 3)).type()).isEqualTo("urn:quiver:problem:dimension-mismatch");
        assertThat(of(vector(new float[] {1, Float.NaN, 0}, 3)).type()).isEqualTo("urn:quiver:problem:invalid-vector");
        assertThat(of(vector(new float[3], 3)).type()).isEqualTo("urn:quiver:problem:invalid-vector");
    }

    private static Throwable vector(float[] vector, int dimension) {
        return Assertions.catchThrowableOfType(
                InvalidVectorException.class, () -> Vectors.check(vector, dimension, Metric.COSINE));
    }

    @Test
    void aStoreThatFailsSaysWhetherAWriteMayHaveHappened() {
        assertThat(of(StoreException.refused("no route to host.", null)).detail())
                .isEqualTo("no route to host.");
        assertThat(of(StoreException.unknown("timed out.", null)).detail())
                .startsWith("timed out.")
                .contains("not known whether", "sending the same request again is safe");
        assertThat(of(StoreException.refused("x", null)).status()).isEqualTo(503);
    }

    @Test
    void theCauseInsideAWrapperCounts() {
        ProblemException inner = ProblemException.at(Kind.INVALID_REQUEST, "/a", "wrong");
        assertThat(of(new CompletionException(new IllegalStateException(inner))))
                .isEqualTo(inner.problem());
    }

    @Test
    void whatIsOurOwnFaultHasNoProblem() {
        assertThat(Problems.of(new NullPointerException("secret insides"))).isEmpty();
        assertThat(Problems.of(new IllegalArgumentException("of ours"))).isEmpty();
    }

    @Test
    void severalErrorsAreAllTold() {
        ProblemException e = ProblemException.at(
                Kind.INVALID_REQUEST,
                List.of(new FieldError("/a", "A is wrong."), new FieldError("/b", "B is wrong.")));
        assertThat(e.problem().detail()).isEqualTo("A is wrong. (and 1 more, see errors)");
        assertThat(e.problem().errors()).hasSize(2);
        assertThat(e).hasMessage("/a: A is wrong.");
    }
}
