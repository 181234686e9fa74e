# Runtimes, versions, environment, logs.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "native_by_default" {
  command = plan

  assert {
    condition     = toset(keys(aws_lambda_function.this)) == toset(["api", "ingest", "upsert", "compact", "collect-garbage"])
    error_message = "Not the five functions."
  }
  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.runtime == "provided.al2023" && f.handler == "bootstrap" && f.architectures == tolist(["x86_64"]) && f.publish && length(f.snap_start) == 0])
    error_message = "Not native."
  }
  assert {
    condition     = alltrue([for n, f in aws_lambda_function.this : n == "api" ? !contains(keys(f.environment[0].variables), "QUARKUS_FUNQY_EXPORT") : f.environment[0].variables["QUARKUS_FUNQY_EXPORT"] == n])
    error_message = "A function would be another one."
  }
  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : !contains(keys(f.environment[0].variables), "JAVA_TOOL_OPTIONS") && f.environment[0].variables["QUIVER_LOG_FOLD_IN_BACKGROUND"] == "false" && f.environment[0].variables["QUARKUS_LOG_CONSOLE_JSON_ENABLED"] == "true"])
    error_message = "The environment."
  }
  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.reserved_concurrent_executions == -1]) && length(aws_lambda_provisioned_concurrency_config.api) == 0
    error_message = "Concurrency is reserved that nobody asked for."
  }
  assert {
    condition     = [for n, f in aws_lambda_function.this : n if contains(keys(f.environment[0].variables), "QUIVER_CHAT_API_KEY")] == []
    error_message = "A key that was not given."
  }
}

run "logs_are_json_and_do_not_stay_for_ever" {
  command = plan

  assert {
    condition     = alltrue([for n, f in aws_lambda_function.this : f.logging_config[0].log_format == "JSON" && f.logging_config[0].log_group == "/aws/lambda/quiver-${n}"])
    error_message = "Not JSON, or not into the group made for it."
  }
  assert {
    condition     = alltrue([for g in concat(values(aws_cloudwatch_log_group.function), aws_cloudwatch_log_group.access) : g.retention_in_days == 30])
    error_message = "Logs stay."
  }
}

run "jvm_with_snapstart_for_the_api" {
  command = plan

  variables {
    package_kind = "jvm"
    architecture = "arm64"
  }

  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.runtime == "java25" && f.architectures == tolist(["arm64"]) && f.publish])
    error_message = "Not the JVM."
  }
  assert {
    condition = alltrue([for n, f in aws_lambda_function.this :
      f.handler == (n == "api" ? "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest" : "io.quarkus.funqy.lambda.FunqyStreamHandler::handleRequest")
    ])
    error_message = "HTTP and events have different handlers."
  }
  assert {
    condition     = [for n, f in aws_lambda_function.this : n if length(f.snap_start) > 0] == ["api"] && aws_lambda_function.this["api"].snap_start[0].apply_on == "PublishedVersions"
    error_message = "SnapStart is for the API function."
  }
  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : strcontains(f.environment[0].variables["JAVA_TOOL_OPTIONS"], "--add-modules=jdk.incubator.vector")])
    error_message = "The kernels would be the slow ones."
  }
}

run "sizes_by_function" {
  command = plan

  variables {
    memory_mb               = { api = 3008 }
    timeout_seconds         = { ingest = 900 }
    ephemeral_storage_mb    = { compact = 10240 }
    reserved_concurrency    = { api = 20, collect-garbage = 1 }
    provisioned_concurrency = 2
    index_memory_mib        = 2000
    preload                 = ["docs", "faq"]
    otlp_endpoint           = "http://localhost:4317"
  }

  assert {
    condition = (aws_lambda_function.this["api"].environment[0].variables.QUIVER_INDEX_PRELOAD == "docs,faq"
      && aws_lambda_function.this["api"].environment[0].variables.QUARKUS_OTEL_SDK_DISABLED == "false"
    && aws_lambda_function.this["api"].environment[0].variables.QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT == "http://localhost:4317")
    error_message = "What is read ahead, or where spans go."
  }

  assert {
    condition     = aws_lambda_function.this["api"].memory_size == 3008 && aws_lambda_function.this["upsert"].memory_size == 1769
    error_message = "Memory."
  }
  assert {
    condition     = aws_lambda_function.this["ingest"].timeout == 900 && aws_sqs_queue.work["ingest"].visibility_timeout_seconds >= 6 * 900
    error_message = "The timeout, or the queue's visibility timeout that follows it."
  }
  assert {
    condition     = aws_lambda_function.this["compact"].ephemeral_storage[0].size == 10240
    error_message = "Ephemeral storage."
  }
  assert {
    condition     = aws_lambda_function.this["api"].reserved_concurrent_executions == 20 && aws_lambda_function.this["collect-garbage"].reserved_concurrent_executions == 1
    error_message = "Reserved concurrency."
  }
  assert {
    condition     = aws_lambda_provisioned_concurrency_config.api[0].provisioned_concurrent_executions == 2 && aws_lambda_provisioned_concurrency_config.api[0].qualifier == "live"
    error_message = "Provisioned concurrency is for the alias."
  }
  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_INDEX_MEMORY_MIB"] == "2000"
    error_message = "Index memory."
  }
}

run "the_alias_follows_the_newest_version_unless_pinned" {
  command = apply

  variables {
    pinned_versions = { api = "7" }
  }

  assert {
    condition     = aws_lambda_alias.live["api"].function_version == "7" && aws_lambda_alias.live["ingest"].function_version == "42"
    error_message = "Not the versions."
  }
}

run "more_environment_and_a_secret" {
  command = plan

  variables {
    environment     = { QUIVER_RAG_TOP_K = "8" }
    chat_provider   = "openai"
    chat_model_name = "m"
    chat_api_key    = "sk-secret"
  }

  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.environment[0].variables["QUIVER_RAG_TOP_K"] == "8"])
    error_message = "Not for all functions."
  }
  assert {
    condition     = nonsensitive(aws_lambda_function.this["api"].environment[0].variables["QUIVER_CHAT_API_KEY"] == "sk-secret") && !contains(keys(aws_lambda_function.this["ingest"].environment[0].variables), "QUIVER_CHAT_API_KEY")
    error_message = "The key is for the API function only."
  }
}

run "a_missing_package_is_named" {
  command = plan

  variables {
    api_package = "./tests/no-such.zip"
  }

  expect_failures = [aws_s3_object.package["api"]]
}
