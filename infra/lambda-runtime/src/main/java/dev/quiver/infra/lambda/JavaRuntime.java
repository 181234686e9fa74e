package dev.quiver.infra.lambda;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the AWS Java Runtime Interface Client is, which managed Java functions are started with: the folder
 * {@code target/ric} that this module's build fills, with the client's libraries in {@code jni/}. It is found beside this class, or named by the system property
 * {@value #RIC_PROPERTY}. The function's own jars are found by the client itself: it looks in the working folder and in
 * {@code lib/} of it.
 */
final class JavaRuntime {

    static final String RIC_PROPERTY = "quiver.lambdaruntime.ric";

    private static final String MAIN = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";

    private static final String LIBRARY_PROPERTY =
            "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";

    private JavaRuntime() {}

    static List<String> mainAndHandler(String handler) {
        Path folder = folder();
        // Left alone, the client unpacks its library to a fixed file of /tmp, which on AWS is the environment's own.
        // Here environments share it, and one that loads what another is just writing dies.
        Path library = folder.resolve("jni/libaws-lambda-jni.linux-"
                + (System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64") + ".so");
        return List.of("-D" + LIBRARY_PROPERTY + "=" + library, "-cp", folder + "/*", MAIN, handler);
    }

    private static Path folder() {
        String named = System.getProperty(RIC_PROPERTY);
        if (named != null) {
            return jars(Path.of(named).toAbsolutePath());
        }
        try {
            Path own = Path.of(JavaRuntime.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return jars(own.resolveSibling("ric")); // own is target/classes or target/lambda-runtime.jar
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path jars(Path folder) {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.anyMatch(file -> file.toString().endsWith(".jar"))) {
                    return folder;
                }
            } catch (IOException e) {
                throw new IllegalStateException(message(folder), e);
            }
        }
        throw new IllegalStateException(message(folder));
    }

    private static String message(Path folder) {
        return "No jars of the AWS Java Runtime Interface Client in " + folder + ": run 'mvn package' in"
                + " infra/lambda-runtime, or name its target/ric by the system property " + RIC_PROPERTY;
    }
}
