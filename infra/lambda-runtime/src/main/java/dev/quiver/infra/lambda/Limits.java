package dev.quiver.infra.lambda;

import java.util.List;

/**
 * What holds the processes of one environment to the size of the function: a share of the CPU and an amount of memory.
 * Two means to the same end: {@link Cgroup}, where the kernel does it, and {@link Polling}, for who may not write
 * cgroups. A third holds nothing.
 */
sealed interface Limits extends AutoCloseable permits Limits.None, Cgroup, Polling {

    /** The command that runs this one within the limits. */
    List<String> wrap(List<String> command);

    /** The environment's process has been started: from here on it is held to the limits. */
    void watch(Sandbox sandbox);

    /** Whether a process was killed because the memory was used up. */
    boolean outOfMemory();

    /** For people: which means it is, with its figures. */
    String describe();

    /** After all processes have ended. */
    @Override
    void close();

    static Limits of(LambdaFunction function) {
        return switch (function.limits()) {
            case NONE -> new None();
            case POLLING -> new Polling(function);
            case CGROUP ->
                Cgroup.create(function)
                        .orElseThrow(() -> new IllegalStateException(
                                "Cgroups cannot be written here: run as root, or take LimitedBy.AUTO"));
            case AUTO -> {
                var cgroup = Cgroup.create(function);
                yield cgroup.isPresent() ? cgroup.get() : new Polling(function);
            }
        };
    }

    /** The whole machine. */
    record None() implements Limits {

        @Override
        public List<String> wrap(List<String> command) {
            return command;
        }

        @Override
        public void watch(Sandbox sandbox) {}

        @Override
        public boolean outOfMemory() {
            return false;
        }

        @Override
        public String describe() {
            return "no limits";
        }

        @Override
        public void close() {}
    }
}
