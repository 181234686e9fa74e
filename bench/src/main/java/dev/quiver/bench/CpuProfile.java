package dev.quiver.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Where the CPU time of Java threads goes, native code included: the flight recorder's CPU-time samples (JEP 509, Linux only). */
final class CpuProfile implements AutoCloseable {
    private static final String EVENT = "jdk.CPUTimeSample";

    private final Recording recording = new Recording();

    static boolean isAvailable() {
        return FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .anyMatch(t -> t.getName().equals(EVENT));
    }

    void start() {
        recording.enable(EVENT).with("throttle", "5ms");
        recording.start();
    }

    /**
     * CPU seconds by stage.
     *
     * @param stage of a sample; its stack trace may be null
     */
    Map<String, Double> stop(Function<RecordedEvent, String> stage) throws IOException {
        recording.stop();
        Path file = Files.createTempFile("quiver-bench-", ".jfr");
        try {
            recording.dump(file);
            Map<String, Double> seconds = new TreeMap<>();
            for (RecordedEvent e : RecordingFile.readAllEvents(file)) {
                if (e.getEventType().getName().equals(EVENT)) {
                    seconds.merge(
                            stage.apply(e), e.getDuration("samplingPeriod").toNanos() / 1e9, Double::sum);
                }
            }
            return seconds;
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public void close() {
        recording.close();
    }
}
