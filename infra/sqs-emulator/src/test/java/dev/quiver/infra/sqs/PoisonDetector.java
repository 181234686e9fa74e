package dev.quiver.infra.sqs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** A function with a runtime of its own: it reports the messages whose body is poison as failed. */
public final class PoisonDetector {

    private static final Pattern POISON =
            Pattern.compile("\"messageId\":\"([^\"]+)\",\"receiptHandle\":\"[^\"]*\",\"body\":\"poison\"");

    private PoisonDetector() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (true) {
                var event = client.send(
                        HttpRequest.newBuilder(URI.create(api + "next")).build(), BodyHandlers.ofString());
                var failures = new StringJoiner(",", "{\"batchItemFailures\":[", "]}");
                POISON.matcher(event.body())
                        .results()
                        .forEach(match -> failures.add("{\"itemIdentifier\":\"" + match.group(1) + "\"}"));
                String id = event.headers()
                        .firstValue("Lambda-Runtime-Aws-Request-Id")
                        .orElseThrow();
                var answer = HttpRequest.newBuilder(URI.create(api + id + "/response"))
                        .POST(HttpRequest.BodyPublishers.ofString(failures.toString()))
                        .build();
                try (InputStream accepted =
                        client.send(answer, BodyHandlers.ofInputStream()).body()) {
                    accepted.readAllBytes();
                }
            }
        }
    }
}
