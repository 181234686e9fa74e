package dev.quiver.infra.lambda;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Runs a packaged function without AWS: an HTTP API and the Invoke API on one port, and on request a queue. It prints
 * {@code READY <endpoint>}, then what the platform and the function log.
 */
public final class LambdaMain {

    private static final String USAGE = """
            Usage: java -jar lambda-runtime.jar --zip function.zip [options]
              --zip FILE           the package, or a folder with what is in it
              --name NAME          default quiver
              --handler HANDLER    for packages without a bootstrap
              --memory MB          128 to 10240 (default 1769, which is one vCPU)
              --timeout SECONDS    default 30
              --concurrency N      environments at most (default 10)
              --env KEY=VALUE      environment variable; may be given again
              --region REGION      default us-east-1
              --credentials K:S    access key and secret of the function's role (default local:local-secret)
              --port N             port on 127.0.0.1, 0 for any free one (default 9001)
              --function-url       requests come as from a function URL, not as from an HTTP API
              --queue URL          polls this queue and invokes the function with its messages
              --sqs-endpoint URI   where SQS is (default: where the queue's URL is)
              --limits KIND        auto, cgroup, polling or none (default auto)
              --no-freeze          leaves the processes running between invocations""";

    private LambdaMain() {}

    public static void main(String[] args) {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + USAGE);
            System.exit(2);
            return;
        }
        try {
            run(options);
        } catch (RuntimeException e) {
            System.err.println(e.getMessage());
            System.exit(1); // the server's threads would keep a half-started process alive
        }
    }

    @SuppressWarnings("resource") // they live until the process ends, and the runtime's exit hook ends the functions
    private static void run(Options options) {
        LambdaRuntime runtime = LambdaRuntime.start(options.function());
        runtime.onPlatformLog(line -> {
            if (line.startsWith("END RequestId: ")) {
                runtime.logs(line.substring("END RequestId: ".length())).forEach(own -> System.out.println(own.text()));
            }
            System.out.println(line);
        });
        HttpFront front = HttpFront.start(runtime, options.port(), options.kind(), event -> {});
        options.queue().ifPresent(queue -> new SqsPoller(runtime, sqs(options), queue).start());
        System.out.println("READY " + front.endpoint());
    }

    private static SqsClient sqs(Options options) {
        return SqsClient.builder()
                .endpointOverride(options.sqsEndpoint())
                .region(Region.of(options.function().region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(options.accessKey(), options.secretKey())))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    private record Options(
            LambdaFunction function,
            int port,
            HttpFront.Kind kind,
            Optional<String> queue,
            URI sqsEndpoint,
            String accessKey,
            String secretKey) {

        static Options parse(String[] args) {
            Path zip = null;
            int port = 9001;
            HttpFront.Kind kind = HttpFront.Kind.HTTP_API;
            String queue = null;
            URI sqsEndpoint = null;
            String[] credentials = {"local", "local-secret"};
            var settings = new ArrayList<Consumer<LambdaFunction.Builder>>();
            settings.add(builder -> builder.memoryMb(LambdaFunction.ONE_VCPU_MB).timeout(Duration.ofSeconds(30)));
            var rest = new ArrayDeque<>(List.of(args));
            while (!rest.isEmpty()) {
                String name = rest.remove();
                switch (name) {
                    case "--no-freeze" -> settings.add(builder -> builder.freeze(false));
                    case "--function-url" -> kind = HttpFront.Kind.FUNCTION_URL;
                    default -> {
                        if (rest.isEmpty()) {
                            throw new IllegalArgumentException(name + " is unknown, or needs a value");
                        }
                        String value = rest.remove();
                        switch (name) {
                            case "--zip" -> zip = Path.of(value);
                            case "--port" -> port = number(name, value);
                            case "--queue" -> queue = value;
                            case "--sqs-endpoint" -> sqsEndpoint = URI.create(value);
                            case "--name" -> settings.add(builder -> builder.name(value));
                            case "--handler" -> settings.add(builder -> builder.handler(value));
                            case "--region" -> settings.add(builder -> builder.region(value));
                            case "--memory" -> {
                                int memory = number(name, value);
                                settings.add(builder -> builder.memoryMb(memory));
                            }
                            case "--timeout" -> {
                                var timeout = Duration.ofSeconds(number(name, value));
                                settings.add(builder -> builder.timeout(timeout));
                            }
                            case "--concurrency" -> {
                                int concurrency = number(name, value);
                                settings.add(builder -> builder.maxConcurrency(concurrency));
                            }
                            case "--credentials" -> credentials = pair(name, value, ":");
                            case "--env" -> {
                                String[] variable = pair(name, value, "=");
                                settings.add(builder -> builder.environment(variable[0], variable[1]));
                            }
                            case "--limits" -> {
                                LimitedBy limits = limits(value);
                                settings.add(builder -> builder.limits(limits));
                            }
                            default -> throw new IllegalArgumentException("Unknown option " + name);
                        }
                    }
                }
            }
            if (zip == null) {
                throw new IllegalArgumentException("--zip is missing");
            }
            if (queue != null && sqsEndpoint == null) {
                sqsEndpoint = URI.create(queue).resolve("/");
            }
            LambdaFunction.Builder builder = LambdaFunction.of(zip).credentials(credentials[0], credentials[1]);
            settings.forEach(setting -> setting.accept(builder));
            return new Options(
                    builder.build(),
                    port,
                    kind,
                    Optional.ofNullable(queue),
                    sqsEndpoint,
                    credentials[0],
                    credentials[1]);
        }

        private static int number(String name, String value) {
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " needs a number, not '" + value + "'", e);
            }
        }

        private static String[] pair(String name, String value, String separator) {
            String[] pair = value.split(separator, 2);
            if (pair.length < 2) {
                throw new IllegalArgumentException(name + " needs two values with " + separator + " between them");
            }
            return pair;
        }

        private static LimitedBy limits(String value) {
            for (LimitedBy limits : LimitedBy.values()) {
                if (limits.name().equalsIgnoreCase(value)) {
                    return limits;
                }
            }
            throw new IllegalArgumentException("--limits is auto, cgroup, polling or none, not '" + value + "'");
        }
    }
}
