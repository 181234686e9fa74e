package dev.quiver.infra.lambda;

import static dev.quiver.infra.lambda.Packages.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both means of holding a function to its size; cgroups where they can be written. */
@Timeout(240)
class LimitsTest {

    @TempDir
    Path folder;

    @Test
    void oneVcpuIs1769Megabytes() throws Exception {
        assertThat(Packages.fake(folder).memoryMb(1769).build().cpuShare()).isEqualTo(1);
        assertThat(Packages.fake(folder).memoryMb(512).build().cpuShare()).isEqualTo(0.29, within(0.001));
    }

    @ParameterizedTest
    @EnumSource(names = {"CGROUP", "POLLING"})
    void aSmallFunctionGetsASmallPartOfTheCpu(LimitedBy limits) throws Exception {
        assumePossible(limits);
        var function = Packages.fake(folder)
                .memoryMb(177) // a tenth
                .limits(limits)
                .initLimit(Duration.ofSeconds(60))
                .timeout(Duration.ofSeconds(60));
        try (var lambda = LambdaRuntime.start(function.build())) {
            lambda.provision();
            Report report = lambda.invoke(order("burn 3000")).report();
            // Unlimited it would be 3 s. Half of that leaves room for a machine that has other things to do.
            assertThat(report.cpu()).isPositive().isLessThan(Duration.ofMillis(1500));
            assertThat(lambda.environments().getFirst().limits())
                    .contains("of 100000 us CPU")
                    .contains("177 MB");
        }
    }

    @Test
    void withoutLimitsItGetsAll() throws Exception {
        var function = Packages.fake(folder).memoryMb(177).limits(LimitedBy.NONE);
        try (var lambda = LambdaRuntime.start(function.build())) {
            Report report = lambda.invoke(order("burn 1000")).report();
            assertThat(report.cpu()).isGreaterThan(Duration.ofMillis(200));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CGROUP", "POLLING"})
    void whoNeedsMoreMemoryIsKilled(LimitedBy limits) throws Exception {
        assumePossible(limits);
        var function = Packages.fake(folder)
                .memoryMb(256)
                .limits(limits)
                .initLimit(Duration.ofSeconds(60))
                .timeout(Duration.ofSeconds(120));
        try (var lambda = LambdaRuntime.start(function.build())) {
            assertThat(lambda.invoke(order("eat 40")).functionError()).isEmpty();
            Answer killed = lambda.invoke(order("eat 600"));
            assertThat(killed.functionError()).contains("Unhandled");
            assertThat(killed.text()).contains("Runtime exited with error: signal: killed");
            assertThat(killed.report().errorType()).contains("Runtime.OutOfMemory");
            assertThat(killed.report().maxMemoryMb()).isEqualTo(256);
            assertThat(lambda.invoke(order("echo")).report().coldStart()).isTrue();
        }
    }

    @Test
    void pollingAndFreezingDoNotDisturbEachOther() throws Exception {
        var function = Packages.fake(folder)
                .memoryMb(512)
                .limits(LimitedBy.POLLING)
                .initLimit(Duration.ofSeconds(60))
                .timeout(Duration.ofSeconds(60));
        try (var lambda = LambdaRuntime.start(function.build())) {
            for (int i = 0; i < 5; i++) {
                assertThat(lambda.invoke(order("burn 100")).functionError()).isEmpty();
                lambda.awaitIdle();
                Thread.sleep(150); // more than a period: the next one must not wake it
                assertThat(Proc.state(lambda.environments().getFirst().pid())).isEqualTo('T');
            }
        }
    }

    private void assumePossible(LimitedBy limits) throws Exception {
        if (limits == LimitedBy.CGROUP) {
            var possible = Cgroup.create(Packages.fake(folder).build());
            possible.ifPresent(Cgroup::close);
            assumeTrue(possible.isPresent(), "cgroups cannot be written here");
        }
    }
}
