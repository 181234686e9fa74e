package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Unless it is switched on, there is no door. */
@QuarkusTest
class S3VectorsOffTest {
    @Test
    void thereIsNoDoorUnlessItIsSwitchedOn() {
        for (String path : List.of("/ListVectorBuckets", "/QueryVectors", "/PutVectors", "/tags/x")) {
            Http.problem(
                    RestAssured.given()
                            .contentType("application/json")
                            .body("{}")
                            .post(path),
                    404,
                    "not-found");
        }
        assertThat(RestAssured.given().get("/tags/x").statusCode()).isEqualTo(404);
    }
}
