package dev.quiver.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the figures were measured on. */
final class Machine {
    private Machine() {}

    static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** CPU, kernel and JDK, one line each. */
    static List<String> facts() {
        List<String> facts = new ArrayList<>();
        facts.add("CPU: " + cpu() + ", " + cores() + " cores, last-level cache " + lastLevelCache());
        facts.add("System: " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch") + ", transparent huge pages: " + hugePages());
        facts.add("JDK: " + System.getProperty("java.vm.vendor") + " " + Runtime.version());
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        if (load >= 0) {
            facts.add(Report.format(
                    "Load before the run: %.2f%s", load, load > 0.5 ? " (the machine was not idle)" : ""));
        }
        return facts;
    }

    private static String cpu() {
        return read("/proc/cpuinfo")
                .lines()
                .filter(l -> l.startsWith("model name"))
                .map(l -> l.substring(l.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("of unknown model");
    }

    private static String lastLevelCache() {
        String largest = "unknown";
        for (int i = 0; i < 8; i++) {
            String size = read("/sys/devices/system/cpu/cpu0/cache/index" + i + "/size")
                    .strip();
            largest = size.isEmpty() ? largest : size;
        }
        return largest;
    }

    /** What Linux says, such as {@code always [madvise] never}. */
    static String hugePages() {
        String setting = read("/sys/kernel/mm/transparent_hugepage/enabled").strip();
        return setting.isEmpty() ? "none" : "`" + setting + "`";
    }

    /** A file of the system, or nothing where there is none. */
    static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
