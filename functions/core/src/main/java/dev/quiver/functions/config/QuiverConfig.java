package dev.quiver.functions.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What can be set, by system property ({@code quiver.data}), environment variable ({@code QUIVER_DATA}) or {@code application.properties}. The
 * default of everything works on a laptop without an account anywhere.
 */
@ConfigMapping(prefix = "quiver")
public interface QuiverConfig {
    /** Where the collections are: a folder, {@code s3://bucket/prefix}, or {@code memory:}. */
    @WithDefault("data")
    String data();

    S3 s3();

    Embedding embedding();

    Chat chat();

    Rag rag();

    Rerank rerank();

    Log log();

    Auth auth();

    Metrics metrics();

    Index index();

    S3Vectors s3vectors();

    OpenAi openai();

    Mcp mcp();

    /** How S3 is reached; the account's own settings (region, credentials) come from the AWS SDK's usual places. */
    interface S3 {
        /** For another server that speaks S3, {@code http://127.0.0.1:9000}. */
        Optional<String> endpoint();

        Optional<String> region();

        /** {@code host/bucket/key} and not {@code bucket.host/key}. */
        @WithDefault("false")
        boolean pathStyle();
    }

    interface Embedding {
        /** The model of collections that are created without naming one. */
        @WithDefault("all-minilm-l6-v2")
        String model();

        /** Further models by the name that requests and collections use. */
        Map<String, RemoteModel> models();
    }

    interface RemoteModel {
        /** {@code openai} (any server with that API), {@code ollama} or {@code bedrock}. */
        String provider();

        /** The provider's name for the model. */
        String modelName();

        Optional<String> baseUrl();

        Optional<String> apiKey();

        /** Components of its vectors. */
        int dimension();

        /** The longest input in tokens. Longer ones are cut there and reported; without it the provider's own error or cut applies. */
        OptionalInt window();

        /** Put before a query's text, where the model was trained so. */
        Optional<String> queryPrefix();

        /** Put before a document's text. */
        Optional<String> documentPrefix();

        /** Passages below this similarity to the question are not considered relevant by {@code rag}. */
        @WithDefault("0.3")
        double relevance();
    }

    /** The language model that writes answers. Without a provider, answers are quotations from the passages. */
    interface Chat {
        /** {@code openai} (any server with that API), {@code ollama}, {@code bedrock}, or {@code none}. */
        @WithDefault("none")
        String provider();

        Optional<String> modelName();

        Optional<String> baseUrl();

        Optional<String> apiKey();

        @WithDefault("PT60S")
        Duration timeout();
    }

    /** Models that put hits in a better order. */
    interface Rerank {
        /** The model of requests that name none; if there is one only, that. */
        Optional<String> model();

        /** By the names that requests use. */
        Map<String, RerankModel> models();
    }

    interface RerankModel {
        /** {@code onnx} (a cross-encoder of one's own, in this process), {@code cohere}, {@code jina}, {@code voyage} (or any server with their API) or {@code bedrock}. */
        String provider();

        /** The provider's name for the model. */
        Optional<String> modelName();

        Optional<String> baseUrl();

        Optional<String> apiKey();

        /** Of one attempt. */
        @WithDefault("PT30S")
        Duration timeout();

        /** Of a provider: how often a request that failed for a passing reason is sent again. */
        @WithDefault("2")
        int maxRetries();

        /** Of a cross-encoder: the file {@code model.onnx}. */
        Optional<String> file();

        /** Of a cross-encoder: the file {@code tokenizer.json}. */
        Optional<String> tokenizer();

        /** Of a cross-encoder: the longest pair of query and text in tokens; the end of a longer one is not read. */
        @WithDefault("512")
        int window();
    }

    interface Rag {
        /** How many passages an answer is written from when the request does not say. */
        @WithDefault("6")
        int topK();
    }

    interface Metrics {
        /** Of CloudWatch: then every request writes a line of metrics to the log. */
        Optional<String> namespace();
    }

    interface Auth {
        /** {@code none}: whoever reaches this is let in, because something before it decides (IAM, a JWT authorizer), or it is a laptop. {@code keys}: only callers with an API key. */
        @WithDefault("none")
        String mode();

        /** Where the keys are: a file, or {@code s3://bucket/key}. */
        Optional<String> keys();
    }

    interface S3Vectors {
        /**
         * Whether clients of Amazon S3 Vectors are served, too. Off: these paths carry their key in another header than all others, and whoever guards Quiver's paths by a list is not to find new ones beside
         * it after an update.
         */
        @WithDefault("false")
        boolean enabled();
    }

    interface Index {
        /**
         * MiB of segments to hold in memory; what goes beyond is paged from files. If not set, three quarters of the memory beyond the heap; in a function on Lambda what heap, code and models leave of its
         * memory size.
         */
        OptionalLong memoryMib();

        /** Collections to read as the process starts, so that the first request finds what it needs. Comma-separated. */
        Optional<List<String>> preload();
    }

    /** The door for clients of OpenAI's embeddings API, at {@code /v1}. */
    interface OpenAi {
        @WithDefault("true")
        boolean enabled();

        /** Other names for models, each as {@code name=model}, for clients that insist on theirs: {@code text-embedding-3-small=bge-small-en-v1.5}. Comma-separated. */
        Optional<List<String>> aliases();

        /** Whether a text that is longer than the model's window is embedded as far as that goes, and not refused as OpenAI does. */
        @WithDefault("false")
        boolean truncate();
    }

    /** The door for language models, at {@code /mcp}. */
    interface Mcp {
        @WithDefault("true")
        boolean enabled();

        /** Whether there are only the tools that change nothing. */
        @WithDefault("false")
        boolean readOnly();

        /** Web pages that may call it besides those of this machine, each as a browser writes it into {@code Origin}: {@code https://chat.example.com}. Comma-separated. */
        Optional<List<String>> allowedOrigins();
    }

    interface Log {
        /** The log is folded into a segment when it holds so many records. */
        @WithDefault("4096")
        int foldRecords();

        /** Whether a process that writes also folds, beside its work. Off where a process stands still between requests; then a schedule has to. */
        @WithDefault("true")
        boolean foldInBackground();

        /** How long unreferenced objects are kept, ISO 8601. */
        @WithDefault("PT1H")
        Duration grace();
    }
}
