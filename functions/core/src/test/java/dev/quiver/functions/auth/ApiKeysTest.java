package dev.quiver.functions.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.functions.auth.ApiKey.Issued;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private byte[] document = ApiKeys.write(List.of());
    private boolean down;

    private final ApiKeys keys = new ApiKeys(
            new ApiKeys.Source() {
                @Override
                public Optional<byte[]> read() throws IOException {
                    if (down) {
                        throw new IOException("down");
                    }
                    return Optional.ofNullable(document);
                }

                @Override
                public String name() {
                    return "keys.json";
                }
            },
            () -> now);

    private Issued issue(Instant expires) {
        Issued i = ApiKey.issue("shop", Set.of(Scope.READ, Scope.WRITE), List.of("shop-*", "faq"), expires);
        document = ApiKeys.write(List.of(i.key()));
        return i;
    }

    private Optional<ApiKey> find(String secret) {
        return keys.find("Bearer " + secret);
    }

    @Test
    void aKeyIsKnownByItsHashOnly() {
        Issued i = issue(null);
        assertThat(i.secret()).matches("qvr_shop_[A-Za-z0-9_-]{43}");
        assertThat(new String(document, StandardCharsets.UTF_8))
                .doesNotContain(i.secret().substring(9))
                .contains(i.key().hash());
        assertThat(find(i.secret())).contains(i.key());
        assertThat(keys.find("bearer  " + i.secret() + " ")).contains(i.key());
        assertThat(find(i.secret() + "x")).isEmpty();
        assertThat(find(i.key().hash())).isEmpty();
        assertThat(keys.find(i.secret())).isEmpty();
        assertThat(keys.find(null)).isEmpty();
        assertThat(keys.find("Bearer ")).isEmpty();
        assertThat(ApiKey.issue("shop", Set.of(Scope.READ), List.of("*"), null).secret())
                .isNotEqualTo(i.secret());
    }

    @Test
    void keysExpireAndAreTakenBackWithinAMinute() {
        Issued i = issue(now.plusSeconds(3600));
        assertThat(find(i.secret())).isPresent();
        now = now.plusSeconds(3600);
        assertThat(find(i.secret())).isEmpty();
        Issued j = issue(null);
        now = now.plus(Duration.ofMinutes(1));
        assertThat(find(j.secret())).isPresent();
        document = ApiKeys.write(List.of());
        now = now.plusSeconds(59);
        assertThat(find(j.secret())).isPresent();
        now = now.plusSeconds(1);
        assertThat(find(j.secret())).isEmpty();
    }

    @Test
    void whoWasLetInStaysInWhileTheDocumentCannotBeRead() {
        Issued i = issue(null);
        assertThat(find(i.secret())).isPresent();
        down = true;
        now = now.plusSeconds(61);
        assertThat(find(i.secret())).isPresent();
        down = false;
        document = "{".getBytes(StandardCharsets.UTF_8);
        now = now.plusSeconds(61);
        assertThat(find(i.secret())).isPresent();
        document = null;
        now = now.plusSeconds(61);
        assertThat(find(i.secret())).as("gone").isEmpty();
    }

    @Test
    void aKeyAllowsItsScopesOnItsCollections() {
        ApiKey key = issue(null).key();
        key.check(Scope.READ, "shop-1", "faq", null);
        for (String other : List.of("faq2", "shop", "b", "")) {
            assertThatThrownBy(() -> key.check(Scope.READ, "faq", other))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("whether there is one of this name or not");
        }
        assertThatThrownBy(() -> key.check(Scope.ADMIN))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("scope 'admin'");
        ApiKey.ALL.check(Scope.ADMIN, "anything");
    }

    @Test
    void aDocumentComesBackAsItWas() {
        List<ApiKey> written = List.of(
                issue(now.plusSeconds(5)).key(),
                ApiKey.issue("ops", Set.of(Scope.values()), List.of("*"), null).key());
        assertThat(ApiKeys.parse("keys.json", ApiKeys.write(written))).isEqualTo(written);
    }

    @Test
    void whatIsWrongInADocumentIsTold() {
        String good = "{'keys': [{'id': 'a', 'sha256': '%s', 'scopes': ['read'], 'collections': ['a-*']}]}"
                .formatted("0".repeat(64));
        assertThat(parse(good)).hasSize(1);
        for (String[] c : new String[][] {
            {"'keys'", "'kees'", "no list 'keys'"},
            {"'a'", "'A B'", "lower-case letters"},
            {"'0000", "'xyz0", "64 hexadecimal digits"},
            {"'read'", "'root'", "use read, write, admin"},
            {"['read']", "[]", "has no scope"},
            {"a-*", "*-a", "the beginning of names"},
            {"'collections'", "'expires': 'soon', 'collections'", "not a time such as"},
            {"}]}", "]}", "is not JSON"}
        }) {
            assertThatIllegalArgumentException()
                    .as(c[1])
                    .isThrownBy(() -> parse(good.replace(c[0], c[1])))
                    .withMessageContaining(c[2]);
        }
    }

    private static List<ApiKey> parse(String json) {
        return ApiKeys.parse("keys.json", json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
