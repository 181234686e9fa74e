package dev.quiver.index;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another JVM with this class path, whose lines can be read and which can be killed. */
public final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    private ChildProcess(Process process) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    public static ChildProcess start(Class<?> main, Object... arguments) {
        return start(List.of(), main, arguments);
    }

    /** @param prefix a command that runs the one which follows it */
    public static ChildProcess start(List<String> prefix, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            return new ChildProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next line, or null after the last. Of a killed process the last one may be cut. */
    public String line() {
        try {
            return out.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All lines to the end of the process, which must end well. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (String l = line(); l != null; l = line()) {
            lines.add(l);
        }
        int exit = process.onExit().join().exitValue();
        if (exit != 0) {
            throw new AssertionError("The process ended with " + exit + " after " + lines);
        }
        return lines;
    }

    /** SIGKILL. What the process has written before can still be read. */
    public void kill() {
        // Not by the process itself, which closes its streams too.
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    /** SIGSTOP: it stands still, wherever it is, until {@link #resume}. Where there are no signals nothing happens. */
    public void pause() {
        signal("-STOP");
    }

    public void resume() {
        signal("-CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
        process.destroy();
    }
}
