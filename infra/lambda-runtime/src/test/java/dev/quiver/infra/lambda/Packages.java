package dev.quiver.infra.lambda;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Packages to run: a zip with a bootstrap, as a native build makes it, that starts {@link FakeFunction}. */
final class Packages {

    private Packages() {}

    static LambdaFunction.Builder fake(Path folder) throws Exception {
        String classes = Path.of(FakeFunction.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // What the shell puts into the environment is not the runtime's.
        return LambdaFunction.of(bootstrap(
                        folder,
                        "unset PWD OLDPWD SHLVL _\nexec " + java
                                + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx1g -cp " + classes + " "
                                + FakeFunction.class.getName()))
                .name("fake")
                .memoryMb(LambdaFunction.ONE_VCPU_MB);
    }

    static Path bootstrap(Path folder, String script) throws IOException {
        Path zip = Files.createTempDirectory(folder, "package").resolve("function.zip");
        var options = Map.of("create", "true", "enablePosixFileAttributes", "true");
        try (FileSystem files = FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), options)) {
            Path bootstrap = files.getPath("/bootstrap");
            Files.writeString(bootstrap, "#!/bin/sh\n" + script + "\n");
            Files.setPosixFilePermissions(bootstrap, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return zip;
    }

    /** An event that says to the fake what to do. */
    static String order(String command) {
        return "{\"do\":\"" + command + "\"}";
    }
}
