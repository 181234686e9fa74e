# Five functions from two packages: one for HTTP; one for events, where QUARKUS_FUNQY_EXPORT chooses what it is. Each
# is called through its alias "live", so that rolling back is moving the alias.

locals {
  packages = {
    api    = coalesce(var.api_package, "${path.module}/../functions/lambda-api/target/function.zip")
    events = coalesce(var.events_package, "${path.module}/../functions/events/target/function.zip")
  }
  # A missing package is reported by the precondition below, with advice, rather than by the function that reads it.
  package_sha = { for p, file in local.packages : p => fileexists(file) ? filesha256(file) : "missing" }
  package_of  = { for f in local.function_names : f => f == "api" ? "api" : "events" }

  runtime = var.package_kind == "native" ? "provided.al2023" : "java25"
  # Quarkus has one handler for HTTP and another one for Funqy's events.
  jvm_handler = {
    api    = "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest"
    events = "io.quarkus.funqy.lambda.FunqyStreamHandler::handleRequest"
  }

  common_environment = {
    QUIVER_DATA                      = local.collections_uri
    QUIVER_EMBEDDING_MODEL           = var.embedding_model
    QUIVER_LOG_FOLD_RECORDS          = tostring(var.log_fold_records)
    QUIVER_LOG_GRACE                 = var.log_grace
    QUIVER_METRICS_NAMESPACE         = var.metrics_namespace
    QUARKUS_LOG_CONSOLE_JSON_ENABLED = "true"
    QUARKUS_LOG_LEVEL                = var.log_level
    # A function that has answered is frozen and folds nothing; the schedule does it.
    QUIVER_LOG_FOLD_IN_BACKGROUND = "false"
    # The kernels: the same two flags as the launcher's.
    JAVA_TOOL_OPTIONS = var.package_kind == "jvm" ? "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED" : null
  }

  environment = {
    api = merge(local.common_environment, {
      # iam, jwt: API Gateway has authorised before us.
      QUIVER_AUTH_MODE        = var.auth == "keys" ? "keys" : "none"
      QUIVER_AUTH_KEYS        = var.auth == "keys" ? "s3://${local.bucket_name}/${var.api_keys_object}" : null
      QUIVER_CHAT_PROVIDER    = var.chat_provider
      QUIVER_CHAT_MODEL_NAME  = var.chat_model_name
      QUIVER_CHAT_BASE_URL    = var.chat_base_url
      QUIVER_INDEX_MEMORY_MIB = var.index_memory_mib == null ? null : tostring(var.index_memory_mib)
      QUIVER_INDEX_PRELOAD    = length(var.preload) == 0 ? null : join(",", var.preload)
      # Traces: the endpoint is that of a collector, mostly of a layer's extension beside the function.
      QUARKUS_OTEL_SDK_DISABLED           = var.otlp_endpoint == null ? null : "false"
      QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT = var.otlp_endpoint
    })
    ingest = merge(local.common_environment, {
      QUARKUS_FUNQY_EXPORT = "ingest"
      # What can never be processed goes there at once, with the reason.
      QUIVER_EVENTS_DEAD_LETTER_QUEUE_URL = local.dead_letter_urls["ingest"]
      QUIVER_INGEST_PREFIX                = "documents/"
      QUIVER_INGEST_COLLECTION            = var.ingest_collection
      QUIVER_INGEST_MAX_MIB               = tostring(var.ingest_max_mib)
    })
    upsert = merge(local.common_environment, {
      QUARKUS_FUNQY_EXPORT                = "upsert"
      QUIVER_EVENTS_DEAD_LETTER_QUEUE_URL = local.dead_letter_urls["upsert"]
    })
    compact         = merge(local.common_environment, { QUARKUS_FUNQY_EXPORT = "compact" })
    collect-garbage = merge(local.common_environment, { QUARKUS_FUNQY_EXPORT = "collect-garbage" })
  }
  own_environment = sort(distinct(concat(["QUIVER_CHAT_API_KEY"], flatten([for e in values(local.environment) : keys(e)]))))
}

# Through S3 rather than in the request, which may have 50 MB at most. The key has the digest in it: a function never
# sees a package change under it.
resource "aws_s3_object" "package" {
  for_each = local.packages

  bucket = local.bucket
  key    = "packages/${var.name}-${each.key}-${substr(local.package_sha[each.key], 0, 16)}.zip"
  source = each.value

  # An object takes ten tags at most; a provider may have more by default.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = fileexists(each.value)
      error_message = "There is no package ${each.value}. Build it with './quiver package --native' (or './quiver package' and package_kind = \"jvm\"), or give the path by ${each.key}_package."
    }
  }

  # Nothing is put into the bucket before it is closed and encrypts.
  depends_on = [
    aws_s3_bucket_public_access_block.data,
    aws_s3_bucket_server_side_encryption_configuration.data,
    aws_s3_bucket_policy.data,
  ]
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = toset(local.function_names)

  # Made here and not by the functions, which have no right to: so retention holds from the first line, and no group
  # comes back after `destroy`.
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.encrypt_logs ? local.kms_key_arn : null
  tags              = local.tags
}

resource "aws_lambda_function" "this" {
  for_each = toset(local.function_names)

  function_name = "${var.name}-${each.key}"
  description   = "Quiver: ${each.key}"
  role          = aws_iam_role.function[each.key].arn

  s3_bucket        = aws_s3_object.package[local.package_of[each.key]].bucket
  s3_key           = aws_s3_object.package[local.package_of[each.key]].key
  source_code_hash = fileexists(local.packages[local.package_of[each.key]]) ? filebase64sha256(local.packages[local.package_of[each.key]]) : null

  runtime       = local.runtime
  handler       = var.package_kind == "native" ? "bootstrap" : local.jvm_handler[local.package_of[each.key]]
  architectures = [var.architecture]
  memory_size   = local.memory[each.key]
  timeout       = local.timeout[each.key]
  publish       = true

  reserved_concurrent_executions = lookup(var.reserved_concurrency, each.key, -1)

  kms_key_arn = local.kms_key_arn

  ephemeral_storage {
    size = local.storage[each.key]
  }

  environment {
    variables = merge(
      var.environment,
      { for k, v in local.environment[each.key] : k => v if v != null },
      # Only then is the map secret, so that a plan still shows it otherwise.
      each.key != "api" || nonsensitive(var.chat_api_key == null) ? {} : { QUIVER_CHAT_API_KEY = var.chat_api_key },
    )
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.function[each.key].name
    application_log_level = var.log_level
    system_log_level      = "INFO"
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "snap_start" {
    for_each = each.key == "api" && var.package_kind == "jvm" && var.snap_start ? [true] : []
    content {
      apply_on = "PublishedVersions"
    }
  }

  dynamic "vpc_config" {
    for_each = length(var.vpc_subnet_ids) > 0 ? [true] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }

  tags = local.tags

  # A function without its rights would fail its first start, and in a VPC could not even be made.
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_alias" "live" {
  for_each = toset(local.function_names)

  name             = "live"
  description      = "What is called"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = lookup(var.pinned_versions, each.key, aws_lambda_function.this[each.key].version)
}

resource "aws_lambda_provisioned_concurrency_config" "api" {
  count = var.provisioned_concurrency > 0 ? 1 : 0

  function_name                     = aws_lambda_alias.live["api"].function_name
  qualifier                         = aws_lambda_alias.live["api"].name
  provisioned_concurrent_executions = var.provisioned_concurrency
}
