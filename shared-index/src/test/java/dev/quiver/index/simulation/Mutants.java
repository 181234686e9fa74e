package dev.quiver.index.simulation;

import dev.quiver.index.log.CommitKeys;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Quiver with one thing wrong, to see that the simulation notices: loads its classes once more and changes one on the way. */
final class Mutants {
    private Mutants() {}

    /** What stands in for a call that was there. */
    public static final class Instead {
        private Instead() {}

        public static void backwards(List<LogEntry> entries, Consumer<LogEntry> apply) {
            entries.reversed().forEach(apply);
        }

        public static boolean noSwap(Manifests manifests, Current expected, Manifest next) {
            return true;
        }

        public static boolean different(byte[] a, byte[] b) {
            return false;
        }

        public static List<byte[]> none(LogEntry entry) {
            return List.of();
        }

        public static CommitKeys forgotten(CommitKeys old, List<CommitKeys.Entry> fresh, long notBefore) {
            return CommitKeys.NONE;
        }

        public static boolean seen(Stream<?> found, Predicate<?> wanted) {
            return true;
        }
    }

    /** A call in a method becomes one of {@link Instead}. */
    record Redirect(String type, String method, String called, String instead) {
        ClassTransform transform(AtomicInteger changes) {
            return ClassTransform.transformingMethodBodies(
                    m -> m.methodName().equalsString(method), (builder, element) -> {
                        if (element instanceof InvokeInstruction call
                                && call.name().equalsString(called)) {
                            MethodTypeDesc is = call.typeSymbol();
                            if (call.opcode() != Opcode.INVOKESTATIC) {
                                is = is.insertParameterTypes(0, call.owner().asSymbol());
                            }
                            changes.incrementAndGet();
                            invoke(builder, is);
                        } else {
                            builder.with(element);
                        }
                    });
        }

        /** By name: generics are erased, so descriptors agree. */
        private void invoke(CodeBuilder builder, MethodTypeDesc type) {
            builder.invokestatic(ClassDesc.of(Instead.class.getName()), instead, type);
        }
    }

    /** A method without arguments that matter says no, whatever it is asked. */
    record SaysNo(String type, String method) {
        ClassTransform transform(AtomicInteger changes) {
            return ClassTransform.transformingMethods(m -> m.methodName().equalsString(method), (builder, element) -> {
                if (element instanceof CodeModel) {
                    changes.incrementAndGet();
                    builder.withCode(code -> code.iconst_0().ireturn());
                } else {
                    builder.with(element);
                }
            });
        }
    }

    /** The simulation over changed classes; its failures, or null, by seed. */
    interface Runner {
        void run(long seed) throws Throwable;
    }

    static Runner redirected(String type, String method, String called, String instead) {
        return runner(type, new Redirect(type, method, called, instead)::transform);
    }

    static Runner saysNo(String type, String method) {
        return runner(type, new SaysNo(type, method)::transform);
    }

    private interface Change {
        ClassTransform by(AtomicInteger changes);
    }

    private static Runner runner(String type, Change change) {
        ClassLoader parent = Mutants.class.getClassLoader();
        AtomicInteger changes = new AtomicInteger();
        ClassLoader loader = new ClassLoader(parent) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith("dev.quiver.index.")) {
                    return super.loadClass(name, resolve);
                }
                synchronized (getClassLoadingLock(name)) {
                    Class<?> known = findLoadedClass(name);
                    return known != null ? known : define(name);
                }
            }

            private Class<?> define(String name) throws ClassNotFoundException {
                byte[] bytes;
                try (InputStream in = parent.getResourceAsStream(name.replace('.', '/') + ".class")) {
                    if (in == null) {
                        throw new ClassNotFoundException(name);
                    }
                    bytes = in.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                if (name.equals(type)) {
                    ClassFile files = ClassFile.of();
                    bytes = files.transformClass(files.parse(bytes), change.by(changes));
                }
                return defineClass(name, bytes, 0, bytes.length);
            }
        };
        return seed -> {
            try {
                loader.loadClass(Simulation.class.getName())
                        .getMethod("run", long.class)
                        .invoke(null, seed);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            } finally {
                if (changes.get() != 1) {
                    throw new IllegalStateException(changes + " places were changed in " + type);
                }
            }
        };
    }
}
