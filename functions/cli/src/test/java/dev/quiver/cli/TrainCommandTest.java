package dev.quiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.testing.Snippets;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter errors = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));
        return commandLine.execute(arguments);
    }

    @Test
    void everyFamilyWritesItsModel() throws Exception {
        Random random = new Random(1);
        List<String> text = new ArrayList<>();
        List<String> documents = new ArrayList<>();
        List<String> edges = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            StringBuilder line = new StringBuilder();
            for (int w = 0; w < 12; w++) {
                line.append("word").append(random.nextInt(30)).append(' ');
            }
            text.add(line.toString());
            documents.add("d" + i + "\t" + line);
            edges.add("n" + random.nextInt(40) + " n" + random.nextInt(40));
        }
        String words = Files.write(folder.resolve("text"), text).toString();
        String lines = Files.write(folder.resolve("documents"), documents).toString();
        String graph = Files.write(folder.resolve("edges"), edges).toString();
        String small = "--dim=8";
        trained("word2vec", "vectors.vec", words, small, "-epoch", "2", "--cbow");
        trained("fasttext", "model.bin", words, small, "-minn", "2", "--bucket=100");
        trained("doc2vec", "documents.vec", lines, small, "--ids", "--dm", "--licence=CC0-1.0");
        trained("deepwalk", "vectors.vec", graph, small, "--length=10");
        trained("node2vec", "vectors.vec", graph, small, "-p", "0.5", "-q=2", "--directed");
        trained("item2vec", "vectors.vec", words, small, "-minCount", "2", "--power=0.5");
        List<String> features = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            features.add("n" + i + " " + random.nextFloat() + " " + random.nextFloat());
        }
        String values = Files.write(folder.resolve("features"), features).toString();
        trained("graphsage", "vectors.vec", graph, small, "--features", values, "--epoch=2");
        Path other = Files.writeString(folder.resolve("other"), "n45 n46\nn46 n47\n");
        Path unseen = folder.resolve("unseen");
        assertThat(run(
                        "train",
                        "graphsage",
                        other.toString(),
                        unseen.toString(),
                        "--features",
                        values,
                        "--model",
                        folder.resolve("graphsage").toString()))
                .as(errors.toString())
                .isZero();
        assertThat(Files.readAllLines(unseen.resolve("vectors.vec"))).hasSize(4);
        assertThat(Files.readString(folder.resolve("doc2vec/model.json"))).contains("CC0-1.0");
    }

    private void trained(String family, String file, String data, String... options) throws Exception {
        Path to = folder.resolve(family);
        List<String> arguments = new ArrayList<>(List.of("train", family, data, to.toString()));
        arguments.addAll(List.of(options));
        assertThat(run(arguments.toArray(String[]::new))).as(family + errors).isZero();
        assertThat(to.resolve(file)).isNotEmptyFile();
        assertThat(Files.readString(to.resolve("model.json"))).contains("\"" + family + "\"", file);
    }

    @Test
    void whatIsWrongIsToldInALine() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty"), "");
        assertThat(run("train", "word2vec", empty.toString(), folder.toString()))
                .isEqualTo(1);
        assertThat(errors.toString()).contains("There is no word in").doesNotContain("\tat ");
        assertThat(run("train", "fasttext", empty.toString(), folder.toString(), "--dim=0"))
                .isEqualTo(1);
        assertThat(errors.toString()).contains("dim is 0");
        assertThat(run("train")).isEqualTo(2);
        assertThat(errors.toString()).contains("Name a family");
    }

    /** The page's commands are parsed, so that none of them names what is not there. */
    @Test
    void thePagesCommandsAreUnderstood() {
        String page = Snippets.page(Path.of("../../docs/embeddings.md"));
        Matcher commands =
                Pattern.compile("(?m)^\\./quiver (train|import) ([^#\\n]*)").matcher(page);
        int found = 0;
        for (; commands.find(); found++) {
            List<String> arguments = new ArrayList<>(List.of(commands.group(1)));
            arguments.addAll(List.of(commands.group(2).strip().split(" +")));
            Main.commandLine().parseArgs(arguments.toArray(String[]::new));
        }
        assertThat(found).isGreaterThanOrEqualTo(8);
    }
}
