package dev.quiver.infra.s3;

import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/**
 * The server process: an S3 endpoint on the loopback address that keeps its objects in memory and forgets them when it
 * ends. The one idea: be a process like any other server, so that its libraries meet nobody else's, and speak to the
 * starter by one READY line on stdout and the end of stdin.
 */
public final class S3EmulatorMain {

    private static final String USAGE = """
            Usage: S3EmulatorMain [--port N] [--bucket NAME]... [--access-key KEY] [--secret-key KEY]
                                  [--first-byte-ms N] [--exit-on-stdin-close]
              --port                 port on 127.0.0.1, 0 for any free one (default 0)
              --bucket               bucket to create at the start; may be given again
              --access-key           default local
              --secret-key           default local-secret
              --first-byte-ms        every answer begins so much later (default 0)
              --exit-on-stdin-close  end when stdin ends, as it does when the starter dies""";

    private S3EmulatorMain() {}

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
        System.setProperty("logback.configurationFile", "s3-emulator-logback.xml");
        var store = new AtomicBlobStore(new TransientNio2BlobStore());
        options.buckets().forEach(store::createContainer);
        S3Proxy server =
                S3Server.of(store, options.port(), options.accessKey(), options.secretKey(), options.firstByteMillis());
        server.start();
        System.out.println("READY http://127.0.0.1:" + server.getPort());
        if (options.exitOnStdinClose()) {
            System.in.transferTo(OutputStream.nullOutputStream());
            System.exit(0);
        }
    }

    private record Options(
            int port,
            List<String> buckets,
            String accessKey,
            String secretKey,
            int firstByteMillis,
            boolean exitOnStdinClose) {

        static Options parse(String[] args) {
            int port = 0;
            var buckets = new ArrayList<String>();
            String accessKey = "local";
            String secretKey = "local-secret";
            int firstByteMillis = 0;
            boolean exitOnStdinClose = false;
            var rest = new ArrayDeque<>(List.of(args));
            while (!rest.isEmpty()) {
                String name = rest.remove();
                switch (name) {
                    case "--port" -> port = Integer.parseInt(value(name, rest));
                    case "--bucket" -> buckets.add(value(name, rest));
                    case "--access-key" -> accessKey = value(name, rest);
                    case "--secret-key" -> secretKey = value(name, rest);
                    case "--first-byte-ms" -> firstByteMillis = Integer.parseInt(value(name, rest));
                    case "--exit-on-stdin-close" -> exitOnStdinClose = true;
                    default -> throw new IllegalArgumentException("Unknown option " + name);
                }
            }
            return new Options(port, buckets, accessKey, secretKey, firstByteMillis, exitOnStdinClose);
        }

        private static String value(String name, ArrayDeque<String> rest) {
            if (rest.isEmpty()) {
                throw new IllegalArgumentException(name + " needs a value");
            }
            return rest.remove();
        }
    }
}
