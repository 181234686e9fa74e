package dev.quiver.index.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where segments are loaded into: memory, up to a budget. What goes beyond lies in unnamed files that the system pages in and out as they are used, so an index that is larger than memory still answers, slower. Memory comes
 * back when nothing refers to it any more.
 */
public final class SegmentMemory {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long budget;
    private final Path folder;
    private final AtomicLong used = new AtomicLong();

    /**
     * @param budget in bytes
     * @param folder for the files
     */
    public SegmentMemory(long budget, Path folder) {
        this.budget = budget;
        this.folder = folder;
    }

    public static SegmentMemory unlimited() {
        return new SegmentMemory(Long.MAX_VALUE, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Three quarters of what the machine or container has beyond the heap, at least 128 MiB. */
    public static long defaultBudget() {
        long all = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 4L << 30;
        return Math.max(128L << 20, (all - Runtime.getRuntime().maxMemory()) / 4 * 3);
    }

    /** Zeroed memory that is given back when neither it nor a slice of it is reachable. */
    public MemorySegment allocate(long bytes) {
        if (used.addAndGet(bytes) > budget) {
            used.addAndGet(-bytes);
            return file(bytes);
        }
        MemorySegment memory = LargeMemory.allocate(bytes);
        AtomicLong counter = used;
        // The scope is what every slice holds on to.
        CLEANER.register(memory.scope(), () -> counter.addAndGet(-bytes));
        return memory;
    }

    /** Bytes of the budget that are taken. */
    public long used() {
        return used.get();
    }

    private MemorySegment file(long bytes) {
        try {
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, "quiver-", ".memory");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, Arena.ofAuto());
            } finally {
                // The mapping keeps what it needs.
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Segments need " + bytes + " bytes beyond the memory budget of " + budget
                            + ", and no file could be made for them in " + folder + ": " + e.getMessage(),
                    e);
        }
    }
}
