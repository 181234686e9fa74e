package dev.quiver.api;

import dev.quiver.testing.ScriptedProvider;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Configures the server under test with a language model that tests script: they declare a field of type {@link ScriptedProvider}. */
public class LanguageModel implements QuarkusTestResourceLifecycleManager {
    private ScriptedProvider provider;

    @Override
    public Map<String, String> start() {
        provider = ScriptedProvider.start();
        return Map.of(
                "quiver.chat.provider", "openai",
                "quiver.chat.model-name", "gpt-scripted",
                "quiver.chat.base-url", provider.baseUrl());
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
