package dev.quiver.infra.lambda;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** What came of one invocation. A function that failed is an answer too: the payload then tells the error. */
public final class Answer {

    private final byte[] payload;
    private final Optional<String> functionError;
    private final Report report;
    private final Supplier<List<LogLine>> logs;

    Answer(byte[] payload, Optional<String> functionError, Report report, Supplier<List<LogLine>> logs) {
        this.payload = Objects.requireNonNull(payload);
        this.functionError = functionError;
        this.report = report;
        this.logs = logs;
    }

    public String requestId() {
        return report.requestId();
    }

    public byte[] payload() {
        return payload.clone();
    }

    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** What AWS has in the header X-Amz-Function-Error: {@code Unhandled}, or empty if the function answered. */
    public Optional<String> functionError() {
        return functionError;
    }

    public Report report() {
        return report;
    }

    /** What the function wrote for this request, on a cold start during init too; read while the runtime is open. */
    public List<LogLine> logs() {
        return logs.get();
    }

    @Override
    public String toString() {
        return functionError.map(error -> error + ": ").orElse("") + text() + "\n" + report;
    }
}
