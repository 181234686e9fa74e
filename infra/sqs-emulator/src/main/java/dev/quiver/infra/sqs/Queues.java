package dev.quiver.infra.sqs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes queues through the protocol itself, with the JDK alone. */
final class Queues implements AutoCloseable {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,80}");
    private static final Pattern URL = Pattern.compile("\"QueueUrl\"\\s*:\\s*\"([^\"]+)\"");

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI endpoint;

    Queues(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** @return the queue's URL */
    String create(String name, Duration visibility) {
        return create(name, "\"VisibilityTimeout\":\"" + visibility.toSeconds() + "\"");
    }

    /** @return the queue's URL */
    String create(String name, Duration visibility, String deadLetters, int maxReceives) {
        String policy = "{\\\"deadLetterTargetArn\\\":\\\"" + SqsEmulator.arn(deadLetters)
                + "\\\",\\\"maxReceiveCount\\\":\\\"" + maxReceives + "\\\"}";
        return create(
                name, "\"VisibilityTimeout\":\"" + visibility.toSeconds() + "\",\"RedrivePolicy\":\"" + policy + "\"");
    }

    private String create(String name, String attributes) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "A queue's name has up to 80 letters, digits, - and _, unlike '" + name + "'");
        }
        String body = "{\"QueueName\":\"" + name + "\",\"Attributes\":{" + attributes + "}}";
        var request = HttpRequest.newBuilder(endpoint)
                .header("X-Amz-Target", "AmazonSQS.CreateQueue")
                .header("Content-Type", "application/x-amz-json-1.0")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            Matcher url = URL.matcher(response.body());
            if (response.statusCode() != 200 || !url.find()) {
                throw new IllegalStateException(
                        "The queue " + name + " could not be made: " + response.statusCode() + " " + response.body());
            }
            return url.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the queue " + name + " was made", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
