package dev.quiver.infra.lambda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What /proc says of a process. A process that has ended reads as nothing: zeros, and the state {@code X}. */
final class Proc {

    private Proc() {}

    static void requireLinux() {
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
            throw new IllegalStateException("The Lambda stand-in freezes, limits and measures processes through Linux'"
                    + " /proc and signals: run it on Linux, or in a Linux container");
        }
    }

    /** The process and all its descendants, parents first; nothing if it has ended. */
    static List<ProcessHandle> tree(ProcessHandle root) {
        if (!root.isAlive()) {
            return List.of();
        }
        return Stream.concat(Stream.of(root), root.descendants()).toList();
    }

    /** One letter of proc(5): R running, S sleeping, T stopped, Z zombie … */
    static char state(long pid) {
        String stat = read(pid, "stat");
        int end = stat.lastIndexOf(')'); // the name before it may hold anything
        return end < 0 ? 'X' : stat.charAt(end + 2);
    }

    static long residentBytes(long pid) {
        return kilobytes(pid, "VmRSS:") * 1024;
    }

    static long peakResidentBytes(long pid) {
        return kilobytes(pid, "VmHWM:") * 1024;
    }

    private static long kilobytes(long pid, String field) {
        for (String line : read(pid, "status").lines().toList()) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            return "";
        }
    }
}
