package dev.quiver.infra.lambda;

import static dev.quiver.infra.lambda.Packages.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Functions in processes of their own: what Lambda promises them, and what it does when they break it. */
@Timeout(240)
class LambdaRuntimeTest {

    private static final Set<String> DEFINED = Set.of(
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "LAMBDA_RUNTIME_DIR",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "LD_LIBRARY_PATH",
            "PATH",
            "TZ",
            "_HANDLER");

    @TempDir
    Path folder;

    @Test
    void theFirstInvocationIsColdTheNextIsWarmAndAfterRecyclingItIsColdAgain() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            Answer first = lambda.invoke(order("echo"));
            assertThat(first.text()).isEqualTo(order("echo"));
            assertThat(first.functionError()).isEmpty();
            Report cold = first.report();
            assertThat(cold.coldStart()).isTrue();
            assertThat(cold.init().orElseThrow()).isPositive();
            assertThat(cold.total())
                    .isGreaterThanOrEqualTo(cold.init().orElseThrow().plus(cold.duration()));
            assertThat(cold.maxMemoryMb()).isBetween(10L, 1769L);
            assertThat(cold.cpu()).isPositive();
            assertThat(cold.toString())
                    .matches("REPORT RequestId: [0-9a-f-]{36}\tDuration: [0-9.]+ ms\tBilled Duration: [0-9]+ ms"
                            + "\tMemory Size: 1769 MB\tMax Memory Used: [0-9]+ MB\tInit Duration: [0-9.]+ ms");

            Report warm = lambda.invoke(order("echo")).report();
            assertThat(warm.coldStart()).isFalse();
            lambda.recycle();
            assertThat(lambda.environments()).isEmpty();
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isTrue();
            assertThat(lambda.reports()).hasSize(3).contains(cold, warm);
        }
    }

    @Test
    void theEnvironmentHasWhatLambdaDefinesAndWhatWasGivenAndNothingElse() throws Exception {
        var function = Packages.fake(folder)
                .environment("QUIVER_DATA", "s3://bucket/path")
                .region("eu-central-1")
                .memoryMb(512)
                .handler("a.b::c")
                .build();
        try (var lambda = LambdaRuntime.start(function)) {
            JsonNode environment =
                    Json.MAPPER.readTree(lambda.invoke(order("env")).payload());
            var names = new HashSet<String>();
            environment.fieldNames().forEachRemaining(names::add);
            var expected = new HashSet<>(DEFINED);
            expected.add("QUIVER_DATA");
            assertThat(names).isEqualTo(expected);
            assertThat(environment.get("QUIVER_DATA").asText()).isEqualTo("s3://bucket/path");
            assertThat(environment.get("AWS_REGION").asText()).isEqualTo("eu-central-1");
            assertThat(environment.get("AWS_LAMBDA_FUNCTION_NAME").asText()).isEqualTo("fake");
            assertThat(environment.get("AWS_LAMBDA_FUNCTION_VERSION").asText()).isEqualTo("$LATEST");
            assertThat(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").asText())
                    .isEqualTo("512");
            assertThat(environment.get("AWS_LAMBDA_LOG_GROUP_NAME").asText()).isEqualTo("/aws/lambda/fake");
            assertThat(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE").asText())
                    .isEqualTo("on-demand");
            assertThat(environment.get("_HANDLER").asText()).isEqualTo("a.b::c");
            assertThat(environment.get("TZ").asText()).isEqualTo(":UTC");
            assertThat(Path.of(environment.get("LAMBDA_TASK_ROOT").asText(), "bootstrap"))
                    .exists();

            JsonNode headers =
                    Json.MAPPER.readTree(lambda.invoke(order("headers")).payload());
            assertThat(headers.get("lambda-runtime-invoked-function-arn").asText())
                    .isEqualTo("arn:aws:lambda:eu-central-1:123456789012:function:fake");
            assertThat(headers.get("lambda-runtime-deadline-ms").asLong())
                    .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 3_000);
            assertThat(headers.get("lambda-runtime-trace-id").asText())
                    .matches("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0");
        }
    }

    @Test
    void reservedVariablesAndImpossibleSizesAreRefused() throws Exception {
        LambdaFunction.Builder function = Packages.fake(folder);
        assertThatThrownBy(() -> function.environment("AWS_REGION", "x")).hasMessageContaining("use region()");
        assertThatThrownBy(() -> function.memoryMb(64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> function.timeout(Duration.ofHours(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LambdaRuntime.start(
                        LambdaFunction.of(folder.resolve("none.zip")).build()))
                .hasMessageContaining("build it first");
    }

    @Test
    void betweenInvocationsAllProcessesAreStopped() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            long child = Long.parseLong(lambda.invoke(order("child")).text());
            lambda.awaitIdle();
            Instance instance = lambda.environments().getFirst();
            assertThat(instance.frozen()).isTrue();
            assertThat(Proc.state(instance.pid())).isEqualTo('T');
            assertThat(Proc.state(child)).isEqualTo('T');
            assertThat(instance.residentBytes()).isPositive();

            long before = Long.parseLong(lambda.invoke(order("ticks")).text());
            lambda.awaitIdle();
            Thread.sleep(1000); // of which the function must see nothing
            long after = Long.parseLong(lambda.invoke(order("ticks")).text());
            assertThat(after - before).isLessThan(100); // it ticks every 5 ms
            lambda.recycle();
            assertThat(Proc.state(instance.pid())).isIn('X', 'Z');
            assertThat(Proc.state(child)).isIn('X', 'Z');
        }
    }

    @Test
    void withoutFreezingTheyGoOn() throws Exception {
        try (var lambda =
                LambdaRuntime.start(Packages.fake(folder).freeze(false).build())) {
            lambda.invoke(order("echo"));
            lambda.awaitIdle();
            Instance instance = lambda.environments().getFirst();
            assertThat(instance.frozen()).isFalse();
            assertThat(Proc.state(instance.pid())).isNotEqualTo('T');
        }
    }

    @Test
    void aProvisionedEnvironmentIsReadyAndFrozenBeforeTheFirstEvent() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            Instance instance = lambda.provision();
            assertThat(instance.frozen()).isTrue();
            assertThat(instance.init()).isPositive();
            assertThat(Proc.state(instance.pid())).isEqualTo('T');
            Answer answer = lambda.invoke(order("env"));
            assertThat(answer.report().coldStart()).isFalse();
            assertThat(Json.MAPPER
                            .readTree(answer.payload())
                            .get("AWS_LAMBDA_INITIALIZATION_TYPE")
                            .asText())
                    .isEqualTo("provisioned-concurrency");
        }
    }

    @Test
    void linesBelongToTheRequestThatWroteThem() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            Answer first = lambda.invoke(order("say one"));
            Answer second = lambda.invoke(order("say two"));
            assertThat(first.logs())
                    .containsExactly(
                            new LogLine(LogLine.Source.STDOUT, "hello from init"),
                            new LogLine(LogLine.Source.STDOUT, "out one"),
                            new LogLine(LogLine.Source.STDERR, "err one"));
            assertThat(second.logs())
                    .containsExactly(
                            new LogLine(LogLine.Source.STDOUT, "out two"),
                            new LogLine(LogLine.Source.STDERR, "err two"));
            assertThat(lambda.logs(first.requestId())).isEqualTo(first.logs());
            assertThat(lambda.logs("unknown")).isEmpty();
        }
    }

    @Test
    void aFunctionsErrorIsAnAnswerAndTheEnvironmentLivesOn() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            Answer failed = lambda.invoke(order("fail"));
            assertThat(failed.functionError()).contains("Unhandled");
            assertThat(failed.text()).isEqualTo("{\"errorType\":\"Bad\",\"errorMessage\":\"no\"}");
            assertThat(failed.report().errorType()).contains("Bad");
            assertThat(failed.report().toString()).endsWith("Status: error\tError Type: Bad");
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isFalse();
        }
    }

    @Test
    void anExitDuringAnInvocationIsTold() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            Answer crashed = lambda.invoke(order("exit 3"));
            assertThat(crashed.functionError()).contains("Unhandled");
            assertThat(crashed.text())
                    .contains("Runtime.ExitError")
                    .contains("RequestId: " + crashed.requestId())
                    .contains("Runtime exited with error: exit status 3");
            assertThat(crashed.logs()).contains(new LogLine(LogLine.Source.STDERR, "going down with 3"));
            assertThat(lambda.invoke(order("exit 0")).text()).contains("exited without providing a reason");
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isTrue();
        }
    }

    @Test
    void anExitAfterTheAnswerCostsTheNextInvocationAColdStartOnly() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            assertThat(lambda.invoke(order("leave")).functionError()).isEmpty();
            Answer next = lambda.invoke(order("echo"));
            assertThat(next.functionError()).isEmpty();
            assertThat(next.report().coldStart()).isTrue();
        }
    }

    @Test
    void anEnvironmentThatWasKilledWhileIdleIsReplaced() throws Exception {
        var lines = new CopyOnWriteArrayList<String>();
        try (var lambda =
                LambdaRuntime.start(Packages.fake(folder).maxConcurrency(1).build())) {
            lambda.onPlatformLog(lines::add);
            ProcessHandle idle = ProcessHandle.of(lambda.provision().pid()).orElseThrow();
            idle.destroyForcibly();
            idle.onExit().join();
            Answer answer = lambda.invoke(order("echo"));
            assertThat(answer.functionError()).isEmpty();
            assertThat(answer.report().coldStart()).isTrue();
            assertThat(lines).anyMatch(line -> line.contains("has ended by itself"));
        }
    }

    @Test
    void whoIsTooSlowIsKilled() throws Exception {
        try (var lambda = LambdaRuntime.start(
                Packages.fake(folder).timeout(Duration.ofMillis(1500)).build())) {
            long pid = lambda.provision().pid();
            Answer answer = lambda.invoke(order("hang"));
            assertThat(answer.functionError()).contains("Unhandled");
            assertThat(answer.text()).contains("Sandbox.Timedout").contains("Task timed out after 1.50 seconds");
            assertThat(answer.report().duration()).isGreaterThanOrEqualTo(Duration.ofMillis(1400));
            assertThat(answer.report().toString()).endsWith("Status: timeout");
            assertThat(Proc.state(pid)).isIn('X', 'Z');
            assertThat(lambda.environments()).isEmpty();
        }
    }

    @Test
    void workAfterTheAnswerIsDoneBeforeTheNextEventAndMustEndInTime() throws Exception {
        try (var lambda = LambdaRuntime.start(
                Packages.fake(folder).timeout(Duration.ofSeconds(2)).build())) {
            lambda.provision();
            assertThat(lambda.invoke(order("linger 300")).text()).isEqualTo("\"soon\"");
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isFalse();
            assertThat(lambda.invoke(order("linger 60000")).text()).isEqualTo("\"soon\"");
            lambda.awaitIdle();
            assertThat(lambda.environments()).isEmpty();
        }
    }

    @Test
    void anInitErrorIsTriedOnceMoreAndThenTold() throws Exception {
        var lines = new CopyOnWriteArrayList<String>();
        try (var lambda = LambdaRuntime.start(
                Packages.fake(folder).environment("INIT", "error").build())) {
            lambda.onPlatformLog(lines::add);
            Answer answer = lambda.invoke(order("echo"));
            assertThat(answer.functionError()).contains("Unhandled");
            assertThat(answer.text()).contains("bucket b is not there");
            assertThat(answer.report().errorType()).contains("NoBucket");
            assertThat(answer.report().coldStart()).isFalse();
            assertThat(lines)
                    .filteredOn(line -> line.startsWith("INIT_REPORT"))
                    .hasSize(2)
                    .allMatch(line -> line.endsWith("Status: error\tError Type: NoBucket"));
            assertThat(lambda.environments()).isEmpty();
            assertThatThrownBy(lambda::provision).hasMessageContaining("bucket b is not there");
        }
    }

    @Test
    void anExitDuringInitIsToldWithWhatItWrote() throws Exception {
        try (var lambda = LambdaRuntime.start(
                Packages.fake(folder).environment("INIT", "exit").build())) {
            Answer answer = lambda.invoke(order("echo"));
            assertThat(answer.text()).contains("exit status 7");
            assertThat(answer.logs()).contains(new LogLine(LogLine.Source.STDERR, "cannot load library"));
            assertThatThrownBy(lambda::provision).hasMessageContaining("cannot load library");
        }
    }

    @Test
    void anInitThatTakesTooLongHasTheTimeOfTheInvocationToo() throws Exception {
        var lines = new CopyOnWriteArrayList<String>();
        var slow = Packages.fake(folder)
                .environment("INIT", "slow")
                .initLimit(Duration.ofSeconds(1))
                .timeout(Duration.ofSeconds(20));
        try (var lambda = LambdaRuntime.start(slow.build())) {
            lambda.onPlatformLog(lines::add);
            Answer answer = lambda.invoke(order("echo"));
            assertThat(answer.functionError()).isEmpty();
            assertThat(lines).anyMatch(line -> line.startsWith("INIT_REPORT") && line.endsWith("Status: timeout"));
        }
        var never = Packages.fake(folder)
                .environment("INIT", "hang")
                .initLimit(Duration.ofSeconds(1))
                .timeout(Duration.ofSeconds(1));
        try (var lambda = LambdaRuntime.start(never.build())) {
            Answer answer = lambda.invoke(order("echo"));
            assertThat(answer.text()).contains("Task timed out after 1.00 seconds");
        }
    }

    @Test
    void invocationsAtTheSameTimeHaveEnvironmentsOfTheirOwn() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder)
                .maxConcurrency(3)
                .timeout(Duration.ofSeconds(30))
                .build())) {
            var answers = new ArrayList<CompletableFuture<Answer>>();
            for (int i = 0; i < 3; i++) {
                answers.add(CompletableFuture.supplyAsync(
                        () -> lambda.invoke(order("slow 3000")), Thread::startVirtualThread));
            }
            while (lambda.environments().size() < 3) {
                Thread.sleep(10);
            }
            assertThatThrownBy(() -> lambda.invoke(order("echo")))
                    .isInstanceOfSatisfying(
                            LambdaException.class, e -> assertThat(e.status()).isEqualTo(429));
            assertThat(answers).allMatch(answer -> answer.join().report().coldStart());
            lambda.awaitIdle();
            assertThat(lambda.environments()).hasSize(3).allMatch(Instance::frozen);
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isFalse();
        }
    }

    @Test
    void payloadsEndAtSixMegabytes() throws Exception {
        try (var lambda = LambdaRuntime.start(Packages.fake(folder).build())) {
            lambda.provision();
            String event = "\"" + "x".repeat(LambdaRuntime.PAYLOAD_LIMIT - 2) + "\"";
            assertThat(lambda.invoke(event).payload()).hasSize(LambdaRuntime.PAYLOAD_LIMIT);
            assertThatThrownBy(() -> lambda.invoke(event + " "))
                    .isInstanceOfSatisfying(
                            LambdaException.class, e -> assertThat(e.type()).isEqualTo("RequestTooLargeException"));
            Answer tooLarge = lambda.invoke(order("large " + RuntimeApi.RESPONSE_LIMIT));
            assertThat(tooLarge.functionError()).contains("Unhandled");
            assertThat(tooLarge.text()).contains("Function.ResponseSizeTooLarge");
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isFalse();
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        LambdaRuntime lambda = LambdaRuntime.start(Packages.fake(folder).build());
        Answer answer = lambda.invoke(order("env"));
        Path root = Path.of(
                Json.MAPPER.readTree(answer.payload()).get("LAMBDA_TASK_ROOT").asText());
        long child = Long.parseLong(lambda.invoke(order("child")).text());
        long pid = lambda.environments().getFirst().pid();
        lambda.close();
        assertThat(root).doesNotExist();
        assertThat(root.getParent()).doesNotExist();
        assertThat(Proc.state(pid)).isIn('X', 'Z');
        assertThat(Proc.state(child)).isIn('X', 'Z');
        lambda.close();
    }

    @Test
    void aFolderIsAPackageToo() throws Exception {
        Path bootstrap = folder.resolve("bootstrap");
        Files.writeString(bootstrap, "#!/bin/sh\necho broken on purpose >&2\nexit 9\n");
        assertThat(bootstrap.toFile().setExecutable(true)).isTrue();
        try (var lambda = LambdaRuntime.start(LambdaFunction.of(folder).build())) {
            Answer answer = lambda.invoke("{}");
            assertThat(answer.text()).contains("exit status 9");
            assertThat(answer.logs())
                    .isEqualTo(List.of(
                            new LogLine(LogLine.Source.STDERR, "broken on purpose"),
                            new LogLine(LogLine.Source.STDERR, "broken on purpose")));
        }
        assertThat(bootstrap).exists();
    }
}
