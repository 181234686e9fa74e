package dev.quiver.bench;

/** One thing that is measured, and its part of the report. */
interface Section {
    String BENCHMARKS = "docs/benchmarks.md";

    /** For {@code --only}. */
    String name();

    String title();

    /** The file that it is a part of, in the repository. */
    default String page() {
        return BENCHMARKS;
    }

    void measure(Options options, Report report) throws Exception;
}
