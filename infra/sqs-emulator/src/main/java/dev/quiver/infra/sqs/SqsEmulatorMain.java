package dev.quiver.infra.sqs;

import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.elasticmq.NodeAddress;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/**
 * The server process: an SQS endpoint on the loopback address that keeps its messages in memory and forgets them when
 * it ends. The one idea is that of the S3 emulator: be a process like any other server, so that its libraries meet
 * nobody else's, and speak to the starter by one READY line on stdout and the end of stdin.
 */
public final class SqsEmulatorMain {

    private static final String USAGE = """
            Usage: SqsEmulatorMain [--port N] [--queue NAME[:DEAD_LETTERS:MAX_RECEIVES]]... [--visibility SECONDS]
                                   [--exit-on-stdin-close]
              --port                 port on 127.0.0.1, 0 for any free one (default 0)
              --queue                queue to create at the start, after its dead-letter queue if it has one; may be
                                     given again
              --visibility           how long a received message is hidden, in all these queues (default 30)
              --exit-on-stdin-close  end when stdin ends, as it does when the starter dies""";

    private SqsEmulatorMain() {}

    public static void main(String[] args) {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + USAGE);
            System.exit(2);
            return;
        }
        try {
            run(options);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1); // the server's threads would keep a half-started process alive
        }
    }

    private static void run(Options options) throws Exception {
        int port = options.port() == 0 ? freePort() : options.port(); // queue URLs hold it, before it is bound
        SQSRestServerBuilder.withInterface("127.0.0.1")
                .withPort(port)
                .withServerAddress(new NodeAddress("http", "127.0.0.1", port, ""))
                .withAWSRegion(SqsEmulator.REGION)
                .withAWSAccountId(SqsEmulator.ACCOUNT)
                .start()
                .waitUntilStarted();
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        try (var queues = new Queues(endpoint)) {
            for (Options.Queue queue : options.queues()) {
                if (queue.deadLetters().isEmpty()) {
                    queues.create(queue.name(), options.visibility());
                } else {
                    queues.create(queue.deadLetters(), options.visibility());
                    queues.create(queue.name(), options.visibility(), queue.deadLetters(), queue.maxReceives());
                }
            }
        }
        System.out.println("READY " + endpoint);
        if (options.exitOnStdinClose()) {
            System.in.transferTo(OutputStream.nullOutputStream());
            System.exit(0);
        }
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private record Options(int port, List<Queue> queues, Duration visibility, boolean exitOnStdinClose) {

        /** @param deadLetters empty if there is no such queue */
        record Queue(String name, String deadLetters, int maxReceives) {}

        static Options parse(String[] args) {
            int port = 0;
            var queues = new ArrayList<Queue>();
            Duration visibility = Duration.ofSeconds(30);
            boolean exitOnStdinClose = false;
            var rest = new ArrayDeque<>(List.of(args));
            while (!rest.isEmpty()) {
                String name = rest.remove();
                switch (name) {
                    case "--port" -> port = number(name, value(name, rest));
                    case "--queue" -> queues.add(queue(value(name, rest)));
                    case "--visibility" -> visibility = Duration.ofSeconds(number(name, value(name, rest)));
                    case "--exit-on-stdin-close" -> exitOnStdinClose = true;
                    default -> throw new IllegalArgumentException("Unknown option " + name);
                }
            }
            return new Options(port, queues, visibility, exitOnStdinClose);
        }

        private static Queue queue(String text) {
            String[] parts = text.split(":", -1);
            if (parts.length == 1) {
                return new Queue(text, "", 0);
            }
            if (parts.length != 3) {
                throw new IllegalArgumentException("--queue is NAME or NAME:DEAD_LETTERS:MAX_RECEIVES, not " + text);
            }
            return new Queue(parts[0], parts[1], number("--queue", parts[2]));
        }

        private static int number(String name, String value) {
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " needs a number, not '" + value + "'", e);
            }
        }

        private static String value(String name, ArrayDeque<String> rest) {
            if (rest.isEmpty()) {
                throw new IllegalArgumentException(name + " needs a value");
            }
            return rest.remove();
        }
    }
}
