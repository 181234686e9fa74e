package dev.quiver.index.vector;

import java.util.ArrayList;
import java.util.List;

/** The ways to run kernels, the fastest first. Each is opened only when it is asked for: loading costs time. */
enum KernelKind {
    C("c") {
        @Override
        List<? extends Kernels> open(List<String> problems) {
            return inC(this, problems);
        }
    },
    VECTOR_API("vector-api") {
        @Override
        List<? extends Kernels> open(List<String> problems) {
            // GraalVM leaves half of the operations uncompiled, even when it is told to: estimates take 10,000 times as
            // long.
            // The C compiler that links an image has C kernels for it.
            if (NativeImage.HERE) {
                problems.add("Vector API: not in native images");
                return List.of();
            }
            if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
                problems.add("Vector API: start the JVM with --add-modules=" + VECTOR_MODULE);
                return List.of();
            }
            return List.of(new VectorApiKernels());
        }
    },
    /** C without SIMD, on processors that C knows no better for. */
    PLAIN_C("plain-c") {
        @Override
        List<? extends Kernels> open(List<String> problems) {
            return inC(this, new ArrayList<>());
        }
    },
    SCALAR("scalar") {
        @Override
        List<? extends Kernels> open(List<String> problems) {
            return List.of(new ScalarKernels());
        }
    };

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private final String title;

    KernelKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /**
     * The variants that this machine can run, the fastest first, as yet unchecked.
     *
     * @param problems receives why there are none
     */
    abstract List<? extends Kernels> open(List<String> problems);

    private static List<? extends Kernels> inC(KernelKind kind, List<String> problems) {
        List<? extends Kernels> variants = List.of();
        if (NativeImage.HAS_C) {
            variants = ImageKernels.variants();
        } else if (NativeImage.HERE) {
            problems.add("C: there was no compiler when this image was built");
        } else {
            variants = FfmKernels.variants();
            if (FfmKernels.problem() != null) {
                problems.add("C: " + FfmKernels.problem());
            }
        }
        return variants.stream().filter(k -> kind.mayBe(k.name())).toList();
    }

    /** Whether the name may be of this kind; every name begins with its kind. */
    boolean mayBe(String wanted) {
        return wanted.isEmpty() || wanted.equals(title) || wanted.startsWith(title + "-");
    }

    /** All of the wanted kinds or names, unchecked; of all kinds if none is wanted. */
    static List<Kernels> open(List<String> wanted, List<String> problems) {
        List<Kernels> found = new ArrayList<>();
        for (KernelKind kind : values()) {
            if (wanted.isEmpty() || wanted.stream().anyMatch(kind::mayBe)) {
                for (Kernels k : kind.open(problems)) {
                    if (wanted.isEmpty() || wanted.contains(kind.title) || wanted.contains(k.name())) {
                        found.add(k);
                    }
                }
            }
        }
        return found;
    }
}
