package dev.quiver.infra.lambda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits by control groups of the kernel: the CFS quota for the CPU share, the memory controller for the memory. Both
 * versions of cgroups are known; version 1 has a folder for each controller, version 2 one for both. The one idea: the
 * process joins the groups by itself, in a shell that then becomes the function, so that not one instruction of the
 * function runs outside of them.
 */
final class Cgroup implements Limits {

    private static final String PREFIX = "quiver-lambda-";
    private static final AtomicLong NUMBER = new AtomicLong();

    private final boolean version2;
    private final Path cpu;
    private final Path memory;
    private final String description;

    private Cgroup(boolean version2, Path cpu, Path memory, String description) {
        this.version2 = version2;
        this.cpu = cpu;
        this.memory = memory;
        this.description = description;
    }

    /** New groups for one environment, or empty where they cannot be made. */
    static Optional<Cgroup> create(LambdaFunction function) {
        for (Mount mount : Mount.all()) {
            String name = PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
            var made = new LinkedHashSet<Path>();
            try {
                sweep(mount.cpu());
                sweep(mount.memory());
                Path cpu = mount.cpu().resolve(name);
                Path memory = mount.memory().resolve(name);
                for (Path group : Set.of(cpu, memory)) {
                    Files.createDirectory(group);
                    made.add(group);
                }
                long period = function.cpuPeriod().toNanos() / 1000;
                long quota = Math.max(1000, Math.round(period * function.cpuShare()));
                String bytes = Long.toString(function.memoryBytes());
                if (mount.version2()) {
                    Files.writeString(cpu.resolve("cpu.max"), quota + " " + period);
                    Files.writeString(memory.resolve("memory.max"), bytes);
                    writeIfThere(memory.resolve("memory.swap.max"), "0");
                } else {
                    Files.writeString(cpu.resolve("cpu.cfs_period_us"), Long.toString(period));
                    Files.writeString(cpu.resolve("cpu.cfs_quota_us"), Long.toString(quota));
                    Files.writeString(memory.resolve("memory.limit_in_bytes"), bytes);
                    writeIfThere(memory.resolve("memory.memsw.limit_in_bytes"), bytes);
                }
                String description = String.format(
                        Locale.ROOT,
                        "cgroup v%d: %d of %d us CPU, %d MB",
                        mount.version2() ? 2 : 1,
                        quota,
                        period,
                        function.memoryMb());
                return Optional.of(new Cgroup(mount.version2(), cpu, memory, description));
            } catch (IOException e) {
                made.forEach(Cgroup::removeNow); // not ours to write: another mount, or another means
            }
        }
        return Optional.empty();
    }

    @Override
    public List<String> wrap(List<String> command) {
        var joins = new StringBuilder();
        for (Path group : groups()) {
            joins.append("echo $$ >'").append(group).append("/cgroup.procs' || exit 125\n");
        }
        var wrapped = new ArrayList<String>(List.of("/bin/sh", "-c"));
        // What the shell put into the environment is not the function's.
        wrapped.add(joins + "unset PWD OLDPWD SHLVL _\nexec \"$@\"");
        wrapped.add("sh");
        wrapped.addAll(command);
        return wrapped;
    }

    @Override
    public void watch(Sandbox sandbox) {}

    @Override
    public boolean outOfMemory() {
        Path counters = memory.resolve(version2 ? "memory.events" : "memory.oom_control");
        try (var lines = Files.lines(counters)) {
            return lines.anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String describe() {
        return description;
    }

    /** The folder with the CPU limit, for who wants to see it. */
    Path cpu() {
        return cpu;
    }

    @Override
    public void close() {
        for (Path group : groups()) {
            killMembers(group);
            // A killed process is a member until the kernel has cleaned it up.
            for (int i = 0; i < 100 && !removeNow(group); i++) {
                try {
                    Thread.sleep(10);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private Set<Path> groups() {
        var groups = new LinkedHashSet<Path>();
        groups.add(cpu);
        groups.add(memory);
        return groups;
    }

    private static void writeIfThere(Path file, String value) {
        try {
            if (Files.exists(file)) {
                Files.writeString(file, value);
            }
        } catch (IOException e) {
            // Without swap there is nothing to forbid.
        }
    }

    private static boolean removeNow(Path group) {
        try {
            Files.deleteIfExists(group);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void killMembers(Path group) {
        try {
            for (String member : Files.readAllLines(group.resolve("cgroup.procs"))) {
                Native.signal(Long.parseLong(member), Native.SIGKILL);
            }
        } catch (IOException e) {
            // The group is gone, and so are they.
        }
    }

    /** Ends what a JVM that died left behind: frozen processes wait for ever. */
    private static void sweep(Path parent) throws IOException {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path group : groups) {
                String owner = group.getFileName().toString().substring(PREFIX.length());
                long pid = Long.parseLong(owner.substring(0, owner.indexOf('-')));
                if (ProcessHandle.of(pid).isEmpty()) {
                    killMembers(group);
                    removeNow(group); // if its processes still end, the next sweep gets it
                }
            }
        }
    }

    /** Where new groups with a CPU and a memory limit can be made. */
    private record Mount(boolean version2, Path cpu, Path memory) {

        static List<Mount> all() {
            var found = new ArrayList<Mount>();
            try {
                List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
                List<String> own = Files.readAllLines(Path.of("/proc/self/cgroup"));
                Optional<Path> cpu = version1(mounts, own, "cpu");
                Optional<Path> memory = version1(mounts, own, "memory");
                if (cpu.isPresent() && memory.isPresent()) {
                    found.add(new Mount(false, cpu.get(), memory.get()));
                }
                version2(mounts, own).ifPresent(folder -> found.add(new Mount(true, folder, folder)));
            } catch (IOException e) {
                // No cgroups in this system.
            }
            return found;
        }

        private static Optional<Path> version1(List<String> mounts, List<String> own, String controller) {
            for (String line : mounts) {
                String[] parts = line.split(" - ", 2);
                String[] type = parts[1].split(" ", -1);
                if (type[0].equals("cgroup") && List.of(type[2].split(",", -1)).contains(controller)) {
                    for (String member : own) {
                        String[] fields = member.split(":", 3);
                        if (List.of(fields[1].split(",", -1)).contains(controller)) {
                            return Optional.of(folder(parts[0].split(" ", -1), fields[2]));
                        }
                    }
                }
            }
            return Optional.empty();
        }

        /** In version 2 a group with processes has no limited groups within it: take the nearest that may. */
        private static Optional<Path> version2(List<String> mounts, List<String> own) throws IOException {
            for (String line : mounts) {
                String[] parts = line.split(" - ", 2);
                if (!parts[1].startsWith("cgroup2 ")) {
                    continue;
                }
                String[] mount = parts[0].split(" ", -1);
                for (String member : own) {
                    if (member.startsWith("0::")) {
                        Path folder = folder(mount, member.substring(3));
                        while (folder.startsWith(mount[4])) {
                            Path control = folder.resolve("cgroup.subtree_control");
                            if (Files.isWritable(control)
                                    && List.of(Files.readString(control).trim().split(" ", -1))
                                            .containsAll(List.of("cpu", "memory"))) {
                                return Optional.of(folder);
                            }
                            folder = folder.getParent();
                        }
                    }
                }
            }
            return Optional.empty();
        }

        /** The fields of mountinfo: 3 is the root within the hierarchy, 4 the mount point. */
        private static Path folder(String[] mount, String group) {
            String inside = group.startsWith(mount[3]) ? group.substring(mount[3].length()) : group;
            Path folder = Path.of(mount[4], inside);
            return Files.isDirectory(folder) ? folder : Path.of(mount[4]);
        }
    }
}
