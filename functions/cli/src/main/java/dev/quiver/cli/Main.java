package dev.quiver.cli;

import dev.quiver.client.QuiverException;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.problem.Problems;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./quiver ingest|query|ask|update|collections|check|export|import|train|models}: the operations from a terminal, in this process on the configured store. No server is needed, and one may run beside it; {@code query}, {@code ask}, {@code update} and {@code collections} can also ask one ({@link Operations}). */
@Command(
        name = "quiver",
        description = "Vector search and answers over your documents.",
        mixinStandardHelpOptions = true,
        version = "Quiver 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            IngestCommand.class,
            QueryCommand.class,
            AskCommand.class,
            UpdateCommand.class,
            CollectionsCommand.class,
            CheckCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            KeyCommand.class,
            TrainCommand.class,
            ModelsCommand.class,
            EvaluateCommand.class
        })
public final class Main implements Runnable {

    public static void main(String[] args) throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("/logging.properties")) {
            LogManager.getLogManager().readConfiguration(in);
        }
        System.setOut(new PrintStream(
                new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, commandLine, _) -> {
                    String message = Problems.of(e).map(p -> p.detail()).orElseGet(() -> message(e));
                    commandLine.getErr().println(commandLine.getColorScheme().errorText("quiver: " + message));
                    return 1;
                });
    }

    private static String message(Exception e) {
        return switch (e) {
            case ConfigValidationException wrong ->
                IntStream.range(0, wrong.getProblemCount())
                        .mapToObj(i -> wrong.getProblem(i).getMessage().replaceAll("([\\w.]+: )?SRCFG\\d+: ", ""))
                        .collect(Collectors.joining(" "));
            case QuiverException q -> q.detail();
            case IllegalArgumentException _ -> String.valueOf(e.getMessage());
            case IOException _ -> String.valueOf(e.getMessage());
            case UncheckedIOException _ -> String.valueOf(e.getMessage());
            default -> e.toString();
        };
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    /** Opens Quiver as the environment configures it. */
    static Quiver open() {
        return new Quiver(new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDefaultSources()
                .withMapping(QuiverConfig.class)
                .build()
                .getConfigMapping(QuiverConfig.class));
    }
}
