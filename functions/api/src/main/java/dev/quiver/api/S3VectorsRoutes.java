package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.operation.Limits;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.functions.s3vectors.BucketAddress;
import dev.quiver.functions.s3vectors.BucketOperations;
import dev.quiver.functions.s3vectors.IndexAddress;
import dev.quiver.functions.s3vectors.IndexOperations;
import dev.quiver.functions.s3vectors.S3Vectors;
import dev.quiver.functions.s3vectors.S3VectorsException;
import dev.quiver.functions.s3vectors.S3VectorsException.Field;
import dev.quiver.functions.s3vectors.S3VectorsException.Kind;
import dev.quiver.functions.s3vectors.S3VectorsMessages;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ByBucket;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ByIndex;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateIndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateVectorBucketRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.DeleteVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.GetVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.IndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListIndexesRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorBucketsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.PutVectorBucketPolicyRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.PutVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.QueryVectorsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.TagResourceRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.VectorBucketRequest;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * The door for clients of Amazon S3 Vectors: its paths, its JSON, its errors, so that the AWS SDK works unchanged with another endpoint. Signatures are not verified, for that needs the secret and Quiver keeps hashes;
 * with API keys the key comes as the session token.
 *
 * @see <a href="https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html">AWS restJson1</a>
 */
@ApplicationScoped
@RegisterForReflection(
        targets = {
            S3VectorsMessages.EncryptionConfiguration.class,
            S3VectorsMessages.MetadataConfiguration.class,
            S3VectorsMessages.VectorData.class,
            S3VectorsMessages.CreateVectorBucketRequest.class,
            S3VectorsMessages.CreateVectorBucketResponse.class,
            S3VectorsMessages.VectorBucketRequest.class,
            S3VectorsMessages.GetVectorBucketResponse.class,
            S3VectorsMessages.VectorBucket.class,
            S3VectorsMessages.ListVectorBucketsRequest.class,
            S3VectorsMessages.ListVectorBucketsResponse.class,
            S3VectorsMessages.VectorBucketSummary.class,
            S3VectorsMessages.PutVectorBucketPolicyRequest.class,
            S3VectorsMessages.CreateIndexRequest.class,
            S3VectorsMessages.CreateIndexResponse.class,
            S3VectorsMessages.IndexRequest.class,
            S3VectorsMessages.GetIndexResponse.class,
            S3VectorsMessages.Index.class,
            S3VectorsMessages.ListIndexesRequest.class,
            S3VectorsMessages.ListIndexesResponse.class,
            S3VectorsMessages.IndexSummary.class,
            S3VectorsMessages.PutVectorsRequest.class,
            S3VectorsMessages.PutInputVector.class,
            S3VectorsMessages.GetVectorsRequest.class,
            S3VectorsMessages.GetVectorsResponse.class,
            S3VectorsMessages.OutputVector.class,
            S3VectorsMessages.DeleteVectorsRequest.class,
            S3VectorsMessages.ListVectorsRequest.class,
            S3VectorsMessages.ListVectorsResponse.class,
            S3VectorsMessages.QueryVectorsRequest.class,
            S3VectorsMessages.QueryVectorsResponse.class,
            S3VectorsMessages.QueryOutputVector.class,
            S3VectorsMessages.TagResourceRequest.class,
            S3VectorsMessages.ListTagsForResourceResponse.class,
            S3VectorsException.Field.class
        })
public class S3VectorsRoutes {
    private static final Logger LOG = Logger.getLogger(S3VectorsRoutes.class);

    private static final String TAGS = "/tags/";
    private static final String TOKEN = "X-Amz-Security-Token";
    private static final String DEFAULT_REGION = "us-east-1";
    private static final Pattern SIGNED_FOR =
            Pattern.compile("Credential=[^/, ]+/[0-9]{8}/([a-z0-9-]{1,32})/s3vectors/");
    private static final int FORBIDDEN = 403;
    private static final int TOO_LARGE = 413;
    private static final long MAX_BODY = 16L << 20;

    private final boolean enabled;
    private final S3Vectors s3vectors;
    private final Access access;
    private final ObjectMapper json;
    private final Map<String, Function<Call, Object>> operations;

    S3VectorsRoutes(QuiverConfig config, Quiver quiver, Access access, ObjectMapper json) {
        this.enabled = config.s3vectors().enabled();
        this.s3vectors = quiver.s3vectors();
        this.access = access;
        this.json = json;
        this.operations = enabled ? operations() : Map.of();
    }

    /** Whether a path, without the slash before it, is an operation. */
    boolean serves(String path) {
        return operations.containsKey(path);
    }

    void install(@Observes Router router) {
        operations.forEach((name, operation) -> install(router, HttpMethod.POST, "/" + name, operation));
        if (enabled) {
            // The ARN comes as one part of the path, its slashes escaped; whoever resolves these first sends several.
            install(router, HttpMethod.GET, TAGS + "*", c -> {
                c.check(Scope.READ, BucketOperations.collections(c.arn()));
                return s3vectors.buckets().listTags(c.arn());
            });
            install(router, HttpMethod.POST, TAGS + "*", c -> {
                c.check(Scope.ADMIN, BucketOperations.collections(c.arn()));
                return s3vectors.buckets().tag(c.arn(), c.read(TagResourceRequest.class));
            });
            install(router, HttpMethod.DELETE, TAGS + "*", c -> {
                c.check(Scope.ADMIN, BucketOperations.collections(c.arn()));
                return s3vectors.buckets().untag(c.arn());
            });
        }
    }

    private void install(Router router, HttpMethod method, String path, Function<Call, Object> operation) {
        router.route(method, path)
                // Before Funqy's route, which has the default order.
                .order(-1)
                .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY))
                .handler(context -> Thread.ofVirtual().name("s3vectors").start(() -> serve(context, operation)))
                .failureHandler(context -> fail(context, context.failure()));
    }

    private Map<String, Function<Call, Object>> operations() {
        Map<String, Function<Call, Object>> all = new TreeMap<>();
        all.put("CreateVectorBucket", c -> {
            CreateVectorBucketRequest r = c.read(CreateVectorBucketRequest.class);
            c.check(Scope.ADMIN, BucketOperations.address(r).collections());
            return s3vectors.buckets().create(r, c.region());
        });
        all.put("GetVectorBucket", c -> s3vectors.buckets().get(bucket(c, Scope.READ), c.region()));
        all.put("ListVectorBuckets", c -> {
            ListVectorBucketsRequest r = c.read(ListVectorBucketsRequest.class);
            c.check(Scope.READ);
            return s3vectors.buckets().list(r, c.caller()::covers, c.region());
        });
        all.put("DeleteVectorBucket", c -> s3vectors.buckets().delete(bucket(c, Scope.ADMIN)));
        all.put("PutVectorBucketPolicy", c -> {
            var r = byBucket(c, PutVectorBucketPolicyRequest.class, Scope.ADMIN);
            return s3vectors.buckets().putPolicy(r);
        });
        all.put("GetVectorBucketPolicy", c -> s3vectors.buckets().getPolicy(bucket(c, Scope.READ)));
        all.put("DeleteVectorBucketPolicy", c -> s3vectors.buckets().deletePolicy(bucket(c, Scope.ADMIN)));
        all.put("CreateIndex", c -> {
            CreateIndexRequest r = c.read(CreateIndexRequest.class);
            c.check(Scope.ADMIN, IndexOperations.address(r).collection());
            return s3vectors.indexes().create(r, c.region());
        });
        all.put("GetIndex", c -> s3vectors.indexes().get(byIndex(c, IndexRequest.class, Scope.READ), c.region()));
        all.put(
                "ListIndexes",
                c -> s3vectors.indexes().list(byBucket(c, ListIndexesRequest.class, Scope.READ), c.region()));
        all.put("DeleteIndex", c -> s3vectors.indexes().delete(byIndex(c, IndexRequest.class, Scope.ADMIN)));
        all.put("PutVectors", c -> s3vectors.vectors().put(byIndex(c, PutVectorsRequest.class, Scope.WRITE)));
        all.put("GetVectors", c -> s3vectors.vectors().get(byIndex(c, GetVectorsRequest.class, Scope.READ)));
        all.put("DeleteVectors", c -> s3vectors.vectors().delete(byIndex(c, DeleteVectorsRequest.class, Scope.WRITE)));
        all.put("ListVectors", c -> s3vectors.vectors().list(byIndex(c, ListVectorsRequest.class, Scope.READ)));
        all.put("QueryVectors", c -> s3vectors.vectors().query(byIndex(c, QueryVectorsRequest.class, Scope.READ)));
        return all;
    }

    private static VectorBucketRequest bucket(Call call, Scope scope) {
        return byBucket(call, VectorBucketRequest.class, scope);
    }

    private static <T extends ByBucket> T byBucket(Call call, Class<T> type, Scope scope) {
        T request = call.read(type);
        call.check(scope, BucketAddress.of(request).collections());
        return request;
    }

    private static <T extends ByIndex> T byIndex(Call call, Class<T> type, Scope scope) {
        T request = call.read(type);
        call.check(scope, IndexAddress.of(request).collection());
        return request;
    }

    /** A request whose caller is known. */
    private record Call(ApiKey caller, RoutingContext context, ObjectMapper json) {
        void check(Scope scope, String... collections) {
            caller.check(scope, collections);
        }

        <T> T read(Class<T> type) {
            byte[] body = body(context);
            try {
                T request = json.readValue(body.length == 0 ? new byte[] {'{', '}'} : body, type);
                if (request == null) {
                    throw new S3VectorsException(Kind.SERIALIZATION, "The body is null. Send a JSON object");
                }
                return request;
            } catch (JacksonException e) {
                throw unreadable(Problems.ofJson(e));
            } catch (IOException e) {
                throw new S3VectorsException(Kind.SERIALIZATION, e.getMessage());
            }
        }

        private static byte[] body(RoutingContext context) {
            return context.body() == null || context.body().buffer() == null
                    ? new byte[0]
                    : context.body().buffer().getBytes();
        }

        private static S3VectorsException unreadable(Problem problem) {
            return problem.errors().isEmpty()
                    ? new S3VectorsException(Kind.SERIALIZATION, problem.detail())
                    : invalid(problem);
        }

        /** What the client has signed for; the service is where it is asked for. */
        String region() {
            String authorization = context.request().getHeader("Authorization");
            Matcher m = SIGNED_FOR.matcher(authorization == null ? "" : authorization);
            return m.find() ? m.group(1) : DEFAULT_REGION;
        }

        String arn() {
            String path = context.request().path().substring(TAGS.length());
            try {
                return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                // It is none, then.
                return path;
            }
        }
    }

    private void serve(RoutingContext context, Function<Call, Object> operation) {
        try {
            ApiKey caller = access.caller(context.request().getHeader(TOKEN))
                    .orElseThrow(
                            () -> new S3VectorsException(
                                    Kind.ACCESS_DENIED,
                                    "Access denied. Give a valid API key of Quiver as the session token of the credentials: AwsSessionCredentials.create(\"quiver\", \"unused\", apiKey)"));
            checkForm(context.request());
            answer(context, 200, null, operation.apply(new Call(caller, context, json)));
        } catch (RuntimeException e) {
            fail(context, e);
        }
    }

    /** A page in a browser may send any other type to a server on its machine without asking. */
    private static void checkForm(HttpServerRequest request) {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new S3VectorsException(
                    Kind.UNSUPPORTED_MEDIA_TYPE,
                    "The body is sent as " + encoding + ". Send it as it is, without Content-Encoding");
        }
        String type = request.getHeader("Content-Type");
        boolean isJson = type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
        if (request.method().equals(HttpMethod.POST) && !isJson) {
            throw new S3VectorsException(
                    Kind.UNSUPPORTED_MEDIA_TYPE, "Send the body as Content-Type: application/json");
        }
    }

    private void fail(RoutingContext context, Throwable failure) {
        if (failure == null && context.statusCode() == TOO_LARGE) {
            answer(
                    context,
                    TOO_LARGE,
                    Kind.VALIDATION.type(),
                    Map.of(
                            "message",
                            "The body is larger than " + Limits.BODY + "iB. Send fewer vectors in each request"));
            return;
        }
        S3VectorsException e = exception(context, failure);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("message", e.getMessage());
        if (!e.fields().isEmpty()) {
            body.put("fieldList", e.fields());
        }
        answer(context, e.kind().status(), e.kind().type(), body);
    }

    private static S3VectorsException exception(RoutingContext context, Throwable failure) {
        if (failure instanceof S3VectorsException e) {
            return e;
        }
        Optional<Problem> problem = failure == null ? Optional.empty() : Problems.of(failure);
        if (problem.isEmpty()) {
            LOG.errorf(failure, "%s failed", context.request().path());
            return new S3VectorsException(
                    Kind.INTERNAL, "This is a defect of Quiver; its log has the details. Please report it");
        }
        Problem p = problem.get();
        if (p.type().equals(Problem.Kind.BUSY.type())) {
            return new S3VectorsException(Kind.TOO_MANY_REQUESTS, p.detail());
        }
        if (failure instanceof ProblemException && p.status() == FORBIDDEN) {
            return new S3VectorsException(Kind.ACCESS_DENIED, "Access denied. " + p.detail());
        }
        return switch (p.status()) {
            case 404 -> new S3VectorsException(Kind.NOT_FOUND, "The specified index could not be found");
            case 409 -> new S3VectorsException(Kind.CONFLICT, p.detail());
            case 503 -> new S3VectorsException(Kind.UNAVAILABLE, p.detail());
            default -> p.status() < 500 ? invalid(p) : new S3VectorsException(Kind.INTERNAL, p.detail());
        };
    }

    private static S3VectorsException invalid(Problem problem) {
        List<Field> fields = new ArrayList<>();
        problem.errors().forEach(f -> fields.add(new Field(f.pointer(), f.detail())));
        String where = fields.isEmpty() || fields.getFirst().path().isEmpty()
                ? ""
                : " at '" + fields.getFirst().path() + "'";
        return S3VectorsException.invalid("1 validation error detected" + where + ". " + problem.detail(), fields);
    }

    private void answer(RoutingContext context, int status, String error, Object body) {
        if (context.response().ended()
                || context.response().closed()
                || context.response().headWritten()) {
            return;
        }
        try {
            byte[] bytes = json.writeValueAsBytes(body);
            if (error != null) {
                context.response().putHeader("x-amzn-errortype", error);
            }
            context.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .putHeader("x-amz-request-id", UUID.randomUUID().toString())
                    .end(Buffer.buffer(bytes));
        } catch (JacksonException e) {
            throw new IllegalStateException(e);
        }
    }
}
