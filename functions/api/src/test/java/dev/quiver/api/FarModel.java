package dev.quiver.api;

import dev.quiver.testing.ScriptedProvider;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Configures the server under test with an embedding model {@code far}, with prefixes, at a provider that tests script: they declare a field of type {@link ScriptedProvider}. */
public class FarModel implements QuarkusTestResourceLifecycleManager {
    private ScriptedProvider provider;

    @Override
    public Map<String, String> start() {
        provider = ScriptedProvider.start();
        return Map.of(
                "quiver.embedding.models.far.provider", "openai",
                "quiver.embedding.models.far.model-name", "text-embedding-far",
                "quiver.embedding.models.far.base-url", provider.baseUrl(),
                "quiver.embedding.models.far.dimension", "3",
                "quiver.embedding.models.far.query-prefix", "query: ",
                "quiver.embedding.models.far.document-prefix", "passage: ");
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(provider, new TestInjector.MatchesType(ScriptedProvider.class));
    }

    @Override
    public void stop() {
        provider.close();
    }
}
