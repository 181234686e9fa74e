package dev.quiver.infra.s3;

import java.net.URI;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.shaded.org.eclipse.jetty.server.Handler;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.Response;
import org.gaul.shaded.org.eclipse.jetty.server.Server;
import org.gaul.shaded.org.eclipse.jetty.server.handler.EagerContentHandler;
import org.gaul.shaded.org.eclipse.jetty.server.handler.EagerContentHandler.RetainedContentLoaderFactory;
import org.gaul.shaded.org.eclipse.jetty.util.Callback;

/**
 * Builds the HTTP server over a store. The one idea, besides binding to the loopback address alone: read a request's
 * body before s3proxy sees the request. s3proxy refuses a stale If-Match without having read the body, and Jetty then
 * drops the connection without a word; a client that takes it from its pool for the next request gets an I/O error in
 * place of an answer, and under contention, where most answers are 412, that is the rule.
 */
final class S3Server {

    private S3Server() {}

    /**
     * @param port 0 for any free one, which {@link S3Proxy#getPort()} tells after the start
     * @param firstByteMillis every answer begins so much later, as from a server that is far away
     */
    static S3Proxy of(BlobStore store, int port, String accessKey, String secretKey, int firstByteMillis)
            throws ReflectiveOperationException {
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                .stopTimeout(0)
                .build();
        var field = S3Proxy.class.getDeclaredField("server"); // there is no public way to it
        field.setAccessible(true);
        var readAhead = new RetainedContentLoaderFactory(Long.MAX_VALUE, -1, false); // the store is in memory anyway
        Server server = (Server) field.get(proxy);
        server.insertHandler(new EagerContentHandler(readAhead));
        if (firstByteMillis > 0) {
            server.insertHandler(new Late(firstByteMillis));
        }
        return proxy;
    }

    private static final class Late extends Handler.Wrapper {
        private final int millis;

        Late(int millis) {
            this.millis = millis;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            Thread.sleep(millis);
            return super.handle(request, response, callback);
        }
    }
}
