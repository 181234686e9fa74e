package dev.quiver.functions.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.graalvm.nativeimage.hosted.Feature;
import org.graalvm.nativeimage.hosted.RuntimeJNIAccess;
import org.graalvm.nativeimage.hosted.RuntimeReflection;
import org.graalvm.nativeimage.hosted.RuntimeResourceAccess;

/**
 * Tells GraalVM, while it builds an image, what libraries without metadata of their own do behind its back: ONNX Runtime and DJL's tokenizers call Java from C and Rust, some providers' messages are read by
 * Jackson. Whole packages are registered, so that newer versions of them need no new list.
 */
public final class LibrariesFeature implements Feature {
    private static final String PLATFORM =
            System.getProperty("os.arch").equals("aarch64") ? "linux-aarch64" : "linux-x64";
    private static final String DJL_PLATFORM = PLATFORM.equals("linux-x64") ? "linux-x86_64" : PLATFORM;

    /**
     * @param jni whether C calls it, else only reflection does
     * @param files what comes beside the image, see {@link ImageFiles}
     */
    private record Library(
            String jar, Predicate<String> classes, boolean jni, Predicate<String> resources, Predicate<String> files) {
        Library(String jar, Predicate<String> classes, boolean jni, Predicate<String> resources) {
            this(jar, classes, jni, resources, NOTHING);
        }
    }

    /** Beside the image, for the build to collect. */
    private static final String FOLDER = "function-files";

    private static final Predicate<String> NOTHING = _ -> false;

    private static final List<Library> LIBRARIES = List.of(
            new Library(
                    "onnxruntime-",
                    c -> true,
                    true,
                    NOTHING,
                    r -> r.startsWith("ai/onnxruntime/native/" + PLATFORM + "/lib")),
            new Library(
                    "tokenizers-",
                    c -> c.startsWith("ai.djl.huggingface.tokenizers.jni."),
                    true,
                    r -> r.equals("native/lib/tokenizers.properties"),
                    r -> r.startsWith("native/lib/" + DJL_PLATFORM + "/cpu/lib")),
            // Ours: read and written as JSON.
            new Library(
                    "quiver-functions-core-",
                    c -> c.startsWith("dev.quiver.functions.problem.Problem")
                            || c.startsWith("dev.quiver.functions.operation.Messages"),
                    false,
                    NOTHING),
            // Without it, Quarkus cannot tell Lambda that a function failed, and Lambda waits until the timeout.
            new Library(
                    "quarkus-amazon-lambda-",
                    c -> c.equals("io.quarkus.amazon.lambda.runtime.FunctionError"),
                    false,
                    NOTHING),
            new Library(
                    "langchain4j-embeddings-",
                    NOTHING,
                    false,
                    NOTHING,
                    r -> r.endsWith(".onnx") || r.endsWith("-q-tokenizer.json")),
            new Library("langchain4j-ollama-", c -> c.startsWith("dev.langchain4j.model.ollama."), false, NOTHING),
            new Library(
                    "langchain4j-bedrock-",
                    c -> c.contains("BedrockTitanEmbeddingResponse") || c.contains("BedrockTitanEmbeddingModel$Types"),
                    false,
                    NOTHING),
            new Library(
                    "pdfbox-3",
                    c -> c.equals("org.apache.pdfbox.pdmodel.encryption.StandardSecurityHandler"),
                    false,
                    r -> r.startsWith("org/apache/pdfbox/resources/") && !r.endsWith("/")),
            new Library(
                    "fontbox-",
                    NOTHING,
                    false,
                    r -> r.startsWith("org/apache/fontbox/") && !r.endsWith(".class") && !r.endsWith("/")),
            new Library("commonmark-", NOTHING, false, r -> r.endsWith("entities.txt")));

    /** What the C sides throw and make besides their own classes. */
    private static final List<Class<?>> JNI_OF_THE_JDK = List.of(
            RuntimeException.class,
            IllegalArgumentException.class,
            IllegalStateException.class,
            NullPointerException.class,
            OutOfMemoryError.class,
            String.class,
            Object.class,
            Class.class,
            boolean.class,
            byte.class,
            int.class,
            long.class,
            float.class,
            String[].class,
            java.util.ArrayList.class,
            java.util.List.class,
            java.util.HashMap.class,
            java.util.Map.class);

    @Override
    public String getDescription() {
        return "Quiver: native libraries of the embedding models, and what providers' messages are read into";
    }

    private List<Path> classPath = List.of();

    @Override
    public void beforeAnalysis(BeforeAnalysisAccess access) {
        JNI_OF_THE_JDK.forEach(RuntimeJNIAccess::register);
        for (Path jar : access.getApplicationClassPath()) {
            String name = jar.getFileName().toString();
            for (Library library : LIBRARIES) {
                if (name.contains(library.jar) && Files.isRegularFile(jar)) {
                    register(library, jar, access);
                }
            }
        }
    }

    @Override
    public void beforeImageWrite(BeforeImageWriteAccess access) {
        classPath = access.getApplicationClassPath();
    }

    @Override
    public void afterImageWrite(AfterImageWriteAccess access) {
        Path folder = access.getImagePath().resolveSibling(FOLDER);
        try {
            Files.createDirectories(folder);
            for (Path jar : classPath) {
                for (Library library : LIBRARIES) {
                    if (jar.getFileName().toString().contains(library.jar) && Files.isRegularFile(jar)) {
                        copy(library, jar, folder);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The files beside the image could not be written to " + folder, e);
        }
    }

    private static void copy(Library library, Path jar, Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry e : zip.stream().toList()) {
                if (library.files.test(e.getName()) && !e.isDirectory()) {
                    try (InputStream in = zip.getInputStream(e)) {
                        Path to = folder.resolve(Path.of(e.getName()).getFileName());
                        Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        }
    }

    private static void register(Library library, Path jar, BeforeAnalysisAccess access) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry e : zip.stream().toList()) {
                String name = e.getName();
                if (name.endsWith(".class")) {
                    String type =
                            name.substring(0, name.length() - ".class".length()).replace('/', '.');
                    if (library.classes.test(type)) {
                        register(access.findClassByName(type), library.jni);
                    }
                } else if (library.resources.test(name)) {
                    RuntimeResourceAccess.addResource(LibrariesFeature.class.getModule(), name);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(jar + " could not be read", e);
        }
    }

    private static void register(Class<?> type, boolean jni) {
        if (type == null) {
            return;
        }
        try {
            Constructor<?>[] constructors = type.getDeclaredConstructors();
            Method[] methods = type.getDeclaredMethods();
            Field[] fields = type.getDeclaredFields();
            if (jni) {
                RuntimeJNIAccess.register(type);
                RuntimeJNIAccess.register((Executable[]) constructors);
                RuntimeJNIAccess.register((Executable[]) methods);
                RuntimeJNIAccess.register(fields);
            } else {
                RuntimeReflection.register(type);
                RuntimeReflection.register((Executable[]) constructors);
                RuntimeReflection.register((Executable[]) methods);
                RuntimeReflection.register(fields);
            }
        } catch (NoClassDefFoundError e) {
            // For something optional that is not there; then it is not used either.
        }
    }
}
