package dev.quiver.index.vector;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the kernels once, when the class is first used, and says which in the log: those in C, else those on the Vector API, else the scalar ones. The system property
 * {@value #PROPERTY} forces {@code c}, {@code vector-api}, {@code plain-c} or {@code scalar}, or one by its whole name.
 */
public final class KernelChoice {
    public static final String PROPERTY = "quiver.kernels";

    private static final System.Logger LOG = System.getLogger(KernelChoice.class.getName());

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
        for (KernelKind kind : KernelKind.values()) {
            for (Kernels k : kind.open(new ArrayList<>())) {
                if (kind == KernelKind.SCALAR || KernelCheck.problem(k) == null) {
                    all.add(k);
                }
            }
        }
        return all;
    }

    /**
     * Others than the best, to compare.
     *
     * @param wanted a kind or a name, or empty for the best
     * @throws IllegalArgumentException if this process has none such; the message lists what it has
     */
    public static Kernels choose(String wanted) {
        List<String> problems = new ArrayList<>();
        for (KernelKind kind : KernelKind.values()) {
            if (!kind.mayBe(wanted)) {
                continue;
            }
            for (Kernels k : kind.open(problems)) {
                if (!wanted.isEmpty() && !wanted.equals(kind.title()) && !wanted.equals(k.name())) {
                    continue;
                }
                String problem = kind == KernelKind.SCALAR ? null : KernelCheck.problem(k);
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

    private static void say(KernelKind kind, Kernels k, List<String> problems) {
        String uses = "Quiver scores vectors with the kernels " + k.name();
        if (kind == KernelKind.SCALAR && !problems.isEmpty()) {
            LOG.log(Level.WARNING, uses + ", several times slower than SIMD" + because(problems) + ".");
        } else {
            LOG.log(Level.INFO, uses + because(problems) + ".");
        }
    }

    private static String because(List<String> problems) {
        return problems.isEmpty() ? "" : " (" + String.join("; ", problems) + ")";
    }
}
