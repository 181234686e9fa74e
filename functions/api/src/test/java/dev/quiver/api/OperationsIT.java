package dev.quiver.api;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** Every operation once more, against the packaged server. */
@QuarkusIntegrationTest
class OperationsIT extends OperationsContract {}
