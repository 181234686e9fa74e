package dev.quiver.functions;

import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.ProblemException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What many tests begin with: a configuration of these settings and no others, a model that is loaded once, the problem that a call ends with. */
public final class Fixtures {
    private static final OnnxTextEmbedder MINILM = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 2);

    private Fixtures() {}

    /** The defaults, in memory, with these settings on top: name, value, name, value … */
    public static QuiverConfig config(String... settings) {
        Map<String, String> properties = new HashMap<>(Map.of("quiver.data", "memory:"));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(new PropertiesConfigSource(properties, "test", 100))
                .withMapping(QuiverConfig.class)
                .build()
                .getConfigMapping(QuiverConfig.class);
    }

    /** Never closed: it goes when the tests do. */
    public static TextEmbedder minilm() {
        return MINILM;
    }

    public static Problem problemOf(ThrowingCallable call) {
        Throwable thrown = Assertions.catchThrowable(call);
        Assertions.assertThat(thrown).isInstanceOf(ProblemException.class);
        return ((ProblemException) thrown).problem();
    }
}
