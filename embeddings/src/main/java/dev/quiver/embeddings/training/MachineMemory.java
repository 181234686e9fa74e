package dev.quiver.embeddings.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory there is to be had, so that too large a model is refused before the system ends the process. */
final class MachineMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private MachineMemory() {}

    /** In bytes; without bound where the system does not say. */
    static long available() {
        if (!Files.isReadable(MEMINFO)) {
            return Long.MAX_VALUE;
        }
        try (var lines = Files.lines(MEMINFO)) {
            return lines.filter(l -> l.startsWith("MemAvailable:"))
                    .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
