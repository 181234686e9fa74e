package dev.quiver.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The JVM's package as one for a runtime of one's own, with a cache of loaded classes and profiles (JEP 483, 514, 515): classes in jars on one class path, for the cache takes neither folders nor class loaders of an application's
 * own, of which Lambda's managed runtime has one. It would be deployed with its JVM in a container image.
 */
final class AotCache {
    private static final String CACHE = "function.aot";

    private AotCache() {}

    /**
     * Without the cache yet: the first process makes it when it ends.
     *
     * @param client the jars of AWS's runtime interface client
     */
    static void unpack(Path zip, Path client, Path folder) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        try (ZipFile from = new ZipFile(zip.toFile());
                OutputStream file = Files.newOutputStream(lib.resolve("classes.jar"));
                ZipOutputStream classes = new ZipOutputStream(file)) {
            for (ZipEntry e : from.stream().filter(e -> !e.isDirectory()).toList()) {
                try (InputStream in = from.getInputStream(e)) {
                    if (e.getName().startsWith("lib/")) {
                        Files.copy(
                                in,
                                lib.resolve(Path.of(e.getName()).getFileName().toString()));
                    } else {
                        classes.putNextEntry(new ZipEntry(e.getName()));
                        in.transferTo(classes);
                    }
                }
            }
        }
        try (Stream<Path> jars = Files.list(client)) {
            for (Path jar : jars.toList()) {
                Files.copy(jar, lib.resolve(jar.getFileName().toString()));
            }
        }
        String classPath;
        try (Stream<Path> jars = Files.list(lib)) {
            classPath = jars.map(Path::toString).sorted().collect(Collectors.joining(":"));
        }
        Path bootstrap = folder.resolve("bootstrap");
        Files.writeString(bootstrap, """
                #!/bin/sh
                cache=%1$s/%2$s
                if [ -f $cache ]; then cached=-XX:AOTCache=$cache; else cached=-XX:AOTCacheOutput=$cache; fi
                exec %3$s/bin/java $cached -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:MaxHeapSize=$((AWS_LAMBDA_FUNCTION_MEMORY_SIZE * 85 / 100))m \
                -cp %4$s com.amazonaws.services.lambda.runtime.api.client.AWSLambda "$_HANDLER"
                """.formatted(folder, CACHE, System.getProperty("java.home"), classPath));
        Files.setPosixFilePermissions(bootstrap, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Ends the processes, the first of which then writes the cache, and waits for that. */
    static void write(Path folder, List<Long> processes) throws InterruptedException {
        List<ProcessHandle> handles =
                processes.stream().flatMap(p -> ProcessHandle.of(p).stream()).toList();
        handles.forEach(ProcessHandle::destroy);
        for (int i = 0; i < 1800 && handles.stream().anyMatch(ProcessHandle::isAlive); i++) {
            Thread.sleep(100);
        }
        if (!Files.exists(folder.resolve(CACHE))) {
            throw new IllegalStateException("The JVM has written no cache " + folder.resolve(CACHE));
        }
    }
}
