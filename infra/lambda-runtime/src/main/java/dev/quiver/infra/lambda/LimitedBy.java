package dev.quiver.infra.lambda;

/** By which means a function is kept to its memory size and its CPU share. */
public enum LimitedBy {
    /** Cgroups where they can be written, else polling. */
    AUTO,
    /** The kernel's control groups; an error where they cannot be written. */
    CGROUP,
    /** Looking at the processes every 2 ms, stopping and killing them by signals. */
    POLLING,
    /** Not at all. */
    NONE
}
