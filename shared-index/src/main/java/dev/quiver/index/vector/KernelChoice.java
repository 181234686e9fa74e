package dev.quiver.index.vector;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the kernels once, when the class is first used, and says which in the log: those in C, else those on the Vector API, else the scalar ones. The system property
 * {@value #PROPERTY} forces {@code c}, {@code vector-api} or {@code scalar}, or one by its whole name.
 */
public final class KernelChoice {
    public static final String PROPERTY = "quiver.kernels";

    private static final System.Logger LOG = System.getLogger(KernelChoice.class.getName());
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    // An exception out of here would reach the caller only once, and wrapped.
    private static final Kernels BEST;
    private static final String REFUSED;

    static {
        Kernels best = null;
        String refused = null;
        try {
            best = choose(System.getProperty(PROPERTY, ""));
        } catch (IllegalArgumentException e) {
            refused = e.getMessage();
        }
        BEST = best;
        REFUSED = refused;
    }

    private KernelChoice() {}

    /** Kernels of one kind, opened only when they are asked for. */
    private enum Kind {
        C("c") {
            @Override
            List<? extends Kernels> open(List<String> problems) {
                if (NativeImage.HERE) {
                    problems.add("C: not linked into this image");
                    return List.of();
                }
                if (FfmKernels.problem() != null) {
                    problems.add("C: " + FfmKernels.problem());
                }
                return FfmKernels.variants();
            }
        },
        VECTOR_API("vector-api") {
            @Override
            List<? extends Kernels> open(List<String> problems) {
                if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
                    problems.add("Vector API: start the JVM with --add-modules=" + VECTOR_MODULE);
                    return List.of();
                }
                return List.of(new VectorApiKernels());
            }
        },
        SCALAR("scalar") {
            @Override
            List<? extends Kernels> open(List<String> problems) {
                return List.of(new ScalarKernels());
            }
        };

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        abstract List<? extends Kernels> open(List<String> problems);

        /** Whether the name may be of this kind; every name begins with its kind. */
        boolean mayBe(String wanted) {
            return wanted.isEmpty() || wanted.equals(title) || wanted.startsWith(title + "-");
        }
    }

    /**
     * The fastest kernels that this process can run.
     *
     * @throws IllegalStateException if {@value #PROPERTY} names some that it cannot
     */
    public static Kernels best() {
        if (BEST == null) {
            throw new IllegalStateException(REFUSED);
        }
        return BEST;
    }

    /** All that this process can run and that are right, the fastest first. */
    public static List<Kernels> all() {
        List<Kernels> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (Kernels k : kind.open(new ArrayList<>())) {
                if (kind == Kind.SCALAR || KernelCheck.problem(k) == null) {
                    all.add(k);
                }
            }
        }
        return all;
    }

    /** @param wanted a kind or a name, or empty for the best */
    static Kernels choose(String wanted) {
        List<String> problems = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (!kind.mayBe(wanted)) {
                continue;
            }
            for (Kernels k : kind.open(problems)) {
                if (!wanted.isEmpty() && !wanted.equals(kind.title) && !wanted.equals(k.name())) {
                    continue;
                }
                String problem = kind == Kind.SCALAR ? null : KernelCheck.problem(k);
                if (problem == null) {
                    say(kind, k, problems);
                    return k;
                }
                problems.add(k.name() + ": " + problem);
            }
        }
        throw new IllegalArgumentException("The kernels \"" + wanted + "\" that " + PROPERTY
                + " asks for cannot be had here" + because(problems) + ". Possible are: "
                + String.join(", ", all().stream().map(Kernels::name).toList()) + ".");
    }

    private static void say(Kind kind, Kernels k, List<String> problems) {
        String uses = "Quiver scores vectors with the kernels " + k.name();
        if (kind == Kind.SCALAR && !problems.isEmpty()) {
            LOG.log(Level.WARNING, uses + ", several times slower than SIMD" + because(problems) + ".");
        } else {
            LOG.log(Level.INFO, uses + because(problems) + ".");
        }
    }

    private static String because(List<String> problems) {
        return problems.isEmpty() ? "" : " (" + String.join("; ", problems) + ")";
    }
}
