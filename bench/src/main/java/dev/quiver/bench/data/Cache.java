package dev.quiver.bench.data;

import java.nio.file.Path;

/** Where the benchmark keeps what took long to fetch or to compute. */
public final class Cache {
    private Cache() {}

    /** {@code bench} beside the other things that {@code ./quiver} caches. */
    public static Path folder() {
        String own = System.getenv("QUIVER_CACHE");
        String shared = System.getenv("XDG_CACHE_HOME");
        Path cache = own != null && !own.isEmpty()
                ? Path.of(own)
                : (shared != null && !shared.isEmpty()
                                ? Path.of(shared)
                                : Path.of(System.getProperty("user.home"), ".cache"))
                        .resolve("quiver");
        return cache.resolve("bench").toAbsolutePath();
    }
}
