package dev.quiver.api;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.Map;

@QuarkusTest
@TestProfile(S3VectorsTest.Enabled.class)
class S3VectorsTest extends S3VectorsContract {
    @TestHTTPResource("/")
    URI uri;

    public static class Enabled implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quiver.s3vectors.enabled", "true");
        }
    }

    @Override
    URI endpoint() {
        return uri;
    }
}
