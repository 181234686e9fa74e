package dev.quiver.infra.lambda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A function as it would be configured on AWS: the package, the memory size, the timeout, the environment variables. It
 * is a description only; {@link LambdaRuntime#start} runs it. A package with a file {@code bootstrap} in its root is
 * run as {@code provided.al2023} does, any other one as a managed Java runtime does.
 *
 * <p>What AWS refuses is refused here: memory outside of 128 … 10,240 MB, a timeout above 900 s, environment variables
 * that are reserved.
 */
public final class LambdaFunction {

    /** At this size a function has one vCPU; the share grows and shrinks with the size. */
    public static final int ONE_VCPU_MB = 1769;

    private static final Set<String> RESERVED = Set.of(
            "_HANDLER",
            "_X_AMZN_TRACE_ID",
            "AWS_DEFAULT_REGION",
            "AWS_REGION",
            "AWS_EXECUTION_ENV",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_LAMBDA_RUNTIME_API",
            "LAMBDA_TASK_ROOT",
            "LAMBDA_RUNTIME_DIR");

    private final Builder settings;

    private LambdaFunction(Builder settings) {
        this.settings = settings;
    }

    /** @param code a zip as it would be uploaded, or a folder with what would be in it */
    public static Builder of(Path code) {
        return new Builder(code);
    }

    /** Collects the settings; each has the value that AWS would take, or a plain one. */
    public static final class Builder implements Cloneable {
        private final Path code;
        private String name = "quiver";
        private String handler = "not.used.in.provided.runtime";
        private int memoryMb = 128;
        private Duration timeout = Duration.ofSeconds(3);
        private Duration initLimit = Duration.ofSeconds(10);
        private Duration cpuPeriod = Duration.ofMillis(100);
        private Map<String, String> environment = new LinkedHashMap<>();
        private String region = "us-east-1";
        private String accessKey = "local";
        private String secretKey = "local-secret";
        private String sessionToken = "";
        private boolean freeze = true;
        private int maxConcurrency = 10;
        private LimitedBy limits = LimitedBy.AUTO;
        private Path javaHome = Path.of(System.getProperty("java.home"));
        private List<String> jvmOptions; // null: the default ones

        private Builder(Path code) {
            this.code = Objects.requireNonNull(code, "code");
        }

        public Builder name(String name) {
            if (!name.matches("[a-zA-Z0-9_-]{1,64}")) {
                throw new IllegalArgumentException(
                        "A function's name has up to 64 letters, digits, - and _, unlike '" + name + "'");
            }
            this.name = name;
            return this;
        }

        /** {@code package.Class::method} or a class with the interface RequestStreamHandler, for Java packages. */
        public Builder handler(String handler) {
            this.handler = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /** 128 … 10,240 MB; the CPU share follows it. */
        public Builder memoryMb(int memoryMb) {
            if (memoryMb < 128 || memoryMb > 10_240) {
                throw new IllegalArgumentException("memory must be 128 to 10240 MB, not " + memoryMb);
            }
            this.memoryMb = memoryMb;
            return this;
        }

        /** Up to 15 minutes; for a fraction of a second give milliseconds, which AWS would not take. */
        public Builder timeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(Duration.ofMinutes(15)) > 0) {
                throw new IllegalArgumentException("timeout must be above 0 and at most 900 s, not " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        /** How long the init phase may last, 10 s on AWS. */
        public Builder initLimit(Duration initLimit) {
            this.initLimit = Objects.requireNonNull(initLimit, "initLimit");
            return this;
        }

        /** In which period the CPU share is given out: with 100 ms a share of 0.29 is 29 ms in each 100 ms. */
        public Builder cpuPeriod(Duration cpuPeriod) {
            if (cpuPeriod.toMillis() < 10 || cpuPeriod.toMillis() > 1000) {
                throw new IllegalArgumentException("cpuPeriod must be 10 ms to 1 s, not " + cpuPeriod);
            }
            this.cpuPeriod = cpuPeriod;
            return this;
        }

        public Builder environment(String key, String value) {
            if (RESERVED.contains(key)) {
                throw new IllegalArgumentException("Lambda sets " + key
                        + " itself and refuses functions that bring it; use region() and credentials() here");
            }
            environment.put(key, Objects.requireNonNull(value, key));
            return this;
        }

        public Builder environment(Map<String, String> variables) {
            variables.forEach(this::environment);
            return this;
        }

        public Builder region(String region) {
            this.region = Objects.requireNonNull(region, "region");
            return this;
        }

        /** What the function's role would give; the emulators' keys (local, local-secret) if nothing is said. */
        public Builder credentials(String accessKey, String secretKey) {
            this.accessKey = Objects.requireNonNull(accessKey, "accessKey");
            this.secretKey = Objects.requireNonNull(secretKey, "secretKey");
            return this;
        }

        /** The token of temporary credentials, which AWS always gives; an emulator may not know it. */
        public Builder sessionToken(String sessionToken) {
            this.sessionToken = Objects.requireNonNull(sessionToken, "sessionToken");
            return this;
        }

        /** Whether the processes are stopped between invocations, as they are on AWS. */
        public Builder freeze(boolean freeze) {
            this.freeze = freeze;
            return this;
        }

        /** Environments at most; a further invocation at the same time is refused with 429. */
        public Builder maxConcurrency(int maxConcurrency) {
            if (maxConcurrency < 1) {
                throw new IllegalArgumentException("maxConcurrency must be at least 1, not " + maxConcurrency);
            }
            this.maxConcurrency = maxConcurrency;
            return this;
        }

        /** By which means CPU and memory are limited; by cgroups where possible if nothing is said. */
        public Builder limits(LimitedBy limits) {
            this.limits = Objects.requireNonNull(limits, "limits");
            return this;
        }

        /** The Java for packages without a bootstrap; the one that runs this if nothing is said. */
        public Builder javaHome(Path javaHome) {
            this.javaHome = Objects.requireNonNull(javaHome, "javaHome");
            return this;
        }

        /**
         * In place of the default options of Java packages, which are near to those of the managed runtime: serial
         * collector, first compiler only, 85% of the memory as heap.
         */
        public Builder jvmOptions(String... options) {
            this.jvmOptions = List.of(options);
            return this;
        }

        public LambdaFunction build() {
            try {
                var copy = (Builder) clone();
                copy.environment = Map.copyOf(environment);
                return new LambdaFunction(copy);
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    public String name() {
        return settings.name;
    }

    public String arn() {
        return "arn:aws:lambda:" + settings.region + ":123456789012:function:" + settings.name;
    }

    public int memoryMb() {
        return settings.memoryMb;
    }

    public long memoryBytes() {
        return (long) settings.memoryMb << 20;
    }

    /** In vCPUs: 1.0 at 1,769 MB, 0.29 at 512 MB. */
    public double cpuShare() {
        return (double) settings.memoryMb / ONE_VCPU_MB;
    }

    public Duration timeout() {
        return settings.timeout;
    }

    public String region() {
        return settings.region;
    }

    Path code() {
        return settings.code;
    }

    Duration initLimit() {
        return settings.initLimit;
    }

    Duration cpuPeriod() {
        return settings.cpuPeriod;
    }

    boolean freeze() {
        return settings.freeze;
    }

    int maxConcurrency() {
        return settings.maxConcurrency;
    }

    LimitedBy limits() {
        return settings.limits;
    }

    /** @param root the unpacked package */
    List<String> command(Path root) {
        Path bootstrap = root.resolve("bootstrap");
        return Files.exists(bootstrap) ? List.of(bootstrap.toString()) : javaCommand();
    }

    private List<String> javaCommand() {
        var command = new ArrayList<String>();
        command.add(settings.javaHome.resolve("bin/java").toString());
        if (settings.jvmOptions != null) {
            command.addAll(settings.jvmOptions);
        } else {
            command.addAll(List.of(
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:MaxHeapSize=" + settings.memoryMb * 85L / 100 + "m"));
        }
        command.addAll(JavaRuntime.mainAndHandler(settings.handler));
        return command;
    }

    /** All that the process finds in its environment: what AWS documents as defined, and the function's own. */
    Map<String, String> environment(Path root, String runtimeApi, String logStream, String initializationType) {
        var all = new LinkedHashMap<String, String>();
        all.put("LANG", "en_US.UTF-8");
        all.put("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin");
        all.put("LD_LIBRARY_PATH", "/lib64:/usr/lib64:" + root + ":" + root + "/lib:/opt/lib");
        all.put("TZ", ":UTC");
        all.putAll(settings.environment); // those above may be changed by the function's owner, those below not
        all.put("_HANDLER", settings.handler);
        all.put("AWS_REGION", settings.region);
        all.put("AWS_DEFAULT_REGION", settings.region);
        all.put("AWS_LAMBDA_FUNCTION_NAME", settings.name);
        all.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        all.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Integer.toString(settings.memoryMb));
        all.put("AWS_LAMBDA_INITIALIZATION_TYPE", initializationType);
        all.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + settings.name);
        all.put("AWS_LAMBDA_LOG_STREAM_NAME", logStream);
        all.put("AWS_ACCESS_KEY_ID", settings.accessKey);
        all.put("AWS_SECRET_ACCESS_KEY", settings.secretKey);
        if (!settings.sessionToken.isEmpty()) {
            all.put("AWS_SESSION_TOKEN", settings.sessionToken);
        }
        all.put("AWS_LAMBDA_RUNTIME_API", runtimeApi);
        all.put("LAMBDA_TASK_ROOT", root.toString());
        all.put("LAMBDA_RUNTIME_DIR", "/var/runtime");
        if (!Files.exists(root.resolve("bootstrap"))) {
            all.put("AWS_EXECUTION_ENV", "AWS_Lambda_java25"); // not defined for functions with their own bootstrap
        }
        return all;
    }
}
