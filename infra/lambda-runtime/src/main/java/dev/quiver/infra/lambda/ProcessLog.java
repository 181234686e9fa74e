package dev.quiver.infra.lambda;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an environment's processes wrote, by request. The one idea: stdout and stderr are files, so that all that was
 * written before the answer can be read with the answer, without a thread in between that may be late, and a process
 * never waits for a reader.
 */
final class ProcessLog {

    private static final int TAIL = 16 * 1024;

    private final Path stdout;
    private final Path stderr;
    private final Map<String, Mark> starts = new LinkedHashMap<>();

    /** How long the two files were at a moment. */
    private record Mark(long stdout, long stderr) {}

    ProcessLog(Path folder, String name) throws IOException {
        stdout = Files.createFile(folder.resolve(name + ".stdout"));
        stderr = Files.createFile(folder.resolve(name + ".stderr"));
    }

    Path stdout() {
        return stdout;
    }

    Path stderr() {
        return stderr;
    }

    /** What is written from here on belongs to this request; what the init phase wrote to the first one. */
    synchronized void start(String requestId) {
        starts.put(requestId, starts.isEmpty() ? new Mark(0, 0) : now());
    }

    /** All lines up to here if no request was started, else those of the request, also if it is over. */
    List<LogLine> of(String requestId) {
        Mark from = new Mark(0, 0);
        Mark to = now();
        synchronized (this) {
            boolean found = false;
            for (Map.Entry<String, Mark> start : starts.entrySet()) {
                if (found) {
                    to = start.getValue();
                    break;
                }
                if (start.getKey().equals(requestId)) {
                    from = start.getValue();
                    found = true;
                }
            }
            if (!found && !starts.isEmpty()) {
                return List.of();
            }
        }
        var lines = new ArrayList<LogLine>();
        read(stdout, from.stdout, to.stdout)
                .lines()
                .forEach(line -> lines.add(new LogLine(LogLine.Source.STDOUT, line)));
        read(stderr, from.stderr, to.stderr)
                .lines()
                .forEach(line -> lines.add(new LogLine(LogLine.Source.STDERR, line)));
        return lines;
    }

    boolean knows(String requestId) {
        synchronized (this) {
            return starts.containsKey(requestId);
        }
    }

    /** The end of stderr, of stdout where that is empty. */
    String tail() {
        Mark now = now();
        String text = read(stderr, Math.max(0, now.stderr - TAIL), now.stderr);
        return text.isBlank() ? read(stdout, Math.max(0, now.stdout - TAIL), now.stdout) : text;
    }

    private Mark now() {
        return new Mark(stdout.toFile().length(), stderr.toFile().length());
    }

    private static String read(Path path, long from, long to) {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(from);
            var bytes = new byte[Math.toIntExact(to - from)];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // removed when the runtime was closed
        }
    }
}
