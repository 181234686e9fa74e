package dev.quiver.bench;

/** One thing that is measured, and its part of the report. */
interface Section {
    /** For {@code --only}. */
    String name();

    String title();

    void measure(Options options, Report report) throws Exception;
}
