package dev.quiver.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.UpdateRequest;
import dev.quiver.functions.operation.Messages.UpdateResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "update",
        description = "Change attributes of records, by id or by filter; texts and vectors stay.",
        mixinStandardHelpOptions = true)
final class UpdateCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = Json.strictMapper();

    @Parameters(index = "0", paramLabel = "COLLECTION")
    private String collection;

    @Option(names = "--id", paramLabel = "ID", description = "A record; as often as there are records.")
    private List<String> ids;

    @Option(
            names = "--filter",
            paramLabel = "JSON",
            description = "Instead of ids: all records whose attributes match, at most 10,000.")
    private String filter;

    @Option(
            names = "--set",
            paramLabel = "JSON",
            description = "Attributes to add or to replace, such as '{\"reviewed\": true}'.")
    private String set;

    @Option(names = "--unset", paramLabel = "NAME", description = "An attribute to take away; as often as there are.")
    private List<String> unset;

    @Mixin
    private Operations.Choice quiver;

    @Override
    public Integer call() throws Exception {
        UpdateRequest request =
                new UpdateRequest(collection, ids, object(filter), object(set), unset, null, null, null);
        try (Operations operations = quiver.open()) {
            UpdateResponse done = operations.update(request);
            System.out.println(done.updated() + (done.updated() == 1 ? " record" : " records") + " changed");
            done.missing().forEach(id -> System.out.println("There is no record " + Terminal.harmless(id)));
        }
        return 0;
    }

    private static Map<String, Object> object(String json) throws IOException {
        return json == null ? null : JSON.readValue(json, new TypeReference<>() {});
    }
}
