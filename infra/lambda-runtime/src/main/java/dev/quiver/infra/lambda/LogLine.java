package dev.quiver.infra.lambda;

/** One line that a function wrote, without its line end. */
public record LogLine(Source source, String text) {

    /** Where it was written to. */
    public enum Source {
        STDOUT,
        STDERR
    }
}
