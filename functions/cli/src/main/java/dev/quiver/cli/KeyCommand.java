package dev.quiver.cli;

import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.ApiKeys;
import dev.quiver.functions.auth.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes, lists and takes back API keys in the document that {@code quiver.auth.keys} names. */
@Command(
        name = "key",
        description = "API keys for servers that check them (quiver.auth.mode=keys).",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "create|list|delete",
        subcommands = {KeyCommand.Create.class, KeyCommand.ListKeys.class, KeyCommand.Delete.class})
final class KeyCommand implements Runnable {

    @Override
    public void run() {
        picocli.CommandLine.usage(this, System.out);
    }

    private static final class Document {
        @Option(
                names = "--file",
                paramLabel = "FILE",
                defaultValue = "keys.json",
                description = "The document with the keys (default: ${DEFAULT-VALUE}). Holds hashes only.")
        private Path file;

        List<ApiKey> read() throws IOException {
            return Files.exists(file)
                    ? new ArrayList<>(ApiKeys.parse(file.toString(), Files.readAllBytes(file)))
                    : new ArrayList<>();
        }

        void write(List<ApiKey> keys) throws IOException {
            Path whole = Path.of(file + ".new");
            Files.write(whole, ApiKeys.write(keys));
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Command(
            name = "create",
            description = "Make a key. It is printed once and stored nowhere.",
            mixinStandardHelpOptions = true)
    static final class Create implements java.util.concurrent.Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "Names it, when it is taken back and in messages.")
        private String id;

        @Option(
                names = "--scopes",
                required = true,
                split = ",",
                description = "read (search and read), write (upsert and delete), admin (collections).")
        private List<String> scopes;

        @Option(
                names = "--collections",
                required = true,
                split = ",",
                description = "Names, or beginnings of names and '*'.")
        private List<String> collections;

        @Option(names = "--expires", description = "When it ends, such as 2027-01-01T00:00:00Z.")
        private String expires;

        @picocli.CommandLine.Mixin
        private Document document;

        @Override
        public Integer call() throws IOException {
            Set<Scope> wanted = EnumSet.noneOf(Scope.class);
            scopes.forEach(s -> wanted.add(Scope.of(s)));
            ApiKey.Issued issued = ApiKey.issue(id, wanted, collections, expires());
            List<ApiKey> keys = document.read();
            if (keys.stream().anyMatch(k -> k.id().equals(id))) {
                throw new IllegalArgumentException("There is a key '" + id + "' in " + document.file
                        + " already. Delete it first, or choose another id.");
            }
            keys.add(issued.key());
            document.write(keys);
            System.out.println(issued.secret());
            System.err.println("Its hash is in " + document.file
                    + ". The key is shown only now: send it as 'Authorization: Bearer <key>'.");
            return 0;
        }

        private Instant expires() {
            try {
                return expires == null ? null : Instant.parse(expires);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException(
                        "--expires is '" + expires + "', which is no time such as 2027-01-01T00:00:00Z.", e);
            }
        }
    }

    @Command(name = "list", description = "The keys, without their secrets.", mixinStandardHelpOptions = true)
    static final class ListKeys implements java.util.concurrent.Callable<Integer> {
        @picocli.CommandLine.Mixin
        private Document document;

        @Override
        public Integer call() throws IOException {
            for (ApiKey k : document.read()) {
                System.out.printf(
                        "%s  %s  %s%s%n",
                        k.id(),
                        k.scopes().stream().sorted().map(Scope::toString).collect(Collectors.joining(",")),
                        String.join(",", k.collections()),
                        k.expires() == null ? "" : "  until " + k.expires());
            }
            return 0;
        }
    }

    @Command(
            name = "delete",
            description = "Take a key back. Servers refuse it within a minute.",
            mixinStandardHelpOptions = true)
    static final class Delete implements java.util.concurrent.Callable<Integer> {
        @Parameters(paramLabel = "ID")
        private String id;

        @picocli.CommandLine.Mixin
        private Document document;

        @Override
        public Integer call() throws IOException {
            List<ApiKey> keys = document.read();
            if (!keys.removeIf(k -> k.id().equals(id))) {
                throw new IllegalArgumentException("There is no key '" + id + "' in " + document.file + ".");
            }
            document.write(keys);
            return 0;
        }
    }
}
