# Wrong input is refused, before AWS is asked.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "a_name_that_aws_would_refuse" {
  command = plan

  variables {
    name = "Quiver_1"
  }

  expect_failures = [var.name]
}

run "a_kind_that_does_not_exist" {
  command = plan

  variables {
    package_kind = "container"
  }

  expect_failures = [var.package_kind]
}

run "an_architecture_that_does_not_exist" {
  command = plan

  variables {
    architecture = "arm"
  }

  expect_failures = [var.architecture]
}

run "memory_of_an_unknown_function" {
  command = plan

  variables {
    memory_mb = { apis = 1769 }
  }

  expect_failures = [var.memory_mb]
}

run "memory_beyond_what_lambda_has" {
  command = plan

  variables {
    memory_mb = { api = 20480 }
  }

  expect_failures = [var.memory_mb]
}

run "a_timeout_beyond_what_lambda_has" {
  command = plan

  variables {
    timeout_seconds = { compact = 1800 }
  }

  expect_failures = [var.timeout_seconds]
}

run "storage_below_what_lambda_has" {
  command = plan

  variables {
    ephemeral_storage_mb = { api = 100 }
  }

  expect_failures = [var.ephemeral_storage_mb]
}

run "snapstart_with_large_storage" {
  command = plan

  variables {
    package_kind         = "jvm"
    ephemeral_storage_mb = { api = 1024 }
  }

  expect_failures = [var.ephemeral_storage_mb]
}

run "snapstart_with_provisioned_concurrency" {
  command = plan

  variables {
    package_kind            = "jvm"
    provisioned_concurrency = 1
  }

  expect_failures = [var.provisioned_concurrency]
}

run "more_provisioned_than_reserved" {
  command = plan

  variables {
    reserved_concurrency    = { api = 1 }
    provisioned_concurrency = 2
  }

  expect_failures = [var.provisioned_concurrency]
}

run "a_version_that_is_not_published" {
  command = plan

  variables {
    pinned_versions = { api = "$LATEST" }
  }

  expect_failures = [var.pinned_versions]
}

run "subnets_without_security_groups" {
  command = plan

  variables {
    vpc_subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.vpc_subnet_ids]
}

run "an_environment_variable_of_the_module" {
  command = plan

  variables {
    environment = { QUIVER_DATA = "s3://elsewhere" }
  }

  expect_failures = [var.environment]
}

run "an_environment_variable_of_lambda" {
  command = plan

  variables {
    environment = { AWS_REGION = "us-east-1" }
  }

  expect_failures = [var.environment]
}

run "a_retention_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 10
  }

  expect_failures = [var.log_retention_days]
}

run "a_log_level_that_drops_the_metrics" {
  command = plan

  variables {
    log_level = "WARN"
  }

  expect_failures = [var.log_level]
}

run "a_namespace_of_aws" {
  command = plan

  variables {
    metrics_namespace = "AWS/Quiver"
  }

  expect_failures = [var.metrics_namespace]
}

run "a_bucket_that_exists_without_a_name" {
  command = plan

  variables {
    create_bucket   = false
    document_events = "eventbridge"
  }

  expect_failures = [var.bucket_name]
}

run "a_bucket_name_with_dots" {
  command = plan

  variables {
    bucket_name = "our.bucket"
  }

  expect_failures = [var.bucket_name]
}

run "a_zone_by_name" {
  command = plan

  variables {
    express_zone_id = "eu-central-1a"
  }

  expect_failures = [var.express_zone_id]
}

run "express_with_kms" {
  command = plan

  variables {
    express_zone_id = "euc1-az1"
    encryption      = "own-key"
  }

  expect_failures = [var.express_zone_id]
}

run "a_given_key_that_is_not_given" {
  command = plan

  variables {
    encryption = "given-key"
  }

  expect_failures = [var.encryption]
}

run "a_key_that_would_not_be_used" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/1"
  }

  expect_failures = [var.encryption]
}

run "an_alias_for_a_key" {
  command = plan

  variables {
    encryption  = "given-key"
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/ours"
  }

  expect_failures = [var.kms_key_arn]
}

run "encrypted_logs_without_a_key" {
  command = plan

  variables {
    encrypt_logs = true
  }

  expect_failures = [var.encrypt_logs]
}

run "no_authorisation" {
  command = plan

  variables {
    auth = "none"
  }

  expect_failures = [var.auth]
}

run "jwt_without_an_issuer" {
  command = plan

  variables {
    auth         = "jwt"
    jwt_audience = ["quiver"]
  }

  expect_failures = [var.jwt_issuer]
}

run "jwt_for_any_audience" {
  command = plan

  variables {
    auth       = "jwt"
    jwt_issuer = "https://login.example.com"
  }

  expect_failures = [var.jwt_audience]
}

run "an_issuer_without_tls" {
  command = plan

  variables {
    auth         = "jwt"
    jwt_issuer   = "http://login.example.com"
    jwt_audience = ["quiver"]
  }

  expect_failures = [var.jwt_issuer]
}

run "scopes_without_jwt" {
  command = plan

  variables {
    jwt_scopes = ["a"]
  }

  expect_failures = [var.jwt_scopes]
}

run "a_public_url_without_keys" {
  command = plan

  variables {
    function_url = "public"
  }

  expect_failures = [var.function_url]
}

run "a_public_url_with_jwt" {
  command = plan

  variables {
    auth         = "jwt"
    jwt_issuer   = "https://login.example.com"
    jwt_audience = ["quiver"]
    function_url = "public"
  }

  expect_failures = [var.function_url]
}

run "keys_where_documents_are_uploaded" {
  command = plan

  variables {
    auth            = "keys"
    api_keys_object = "documents/keys.json"
  }

  expect_failures = [var.api_keys_object]
}

run "an_origin_with_a_path" {
  command = plan

  variables {
    cors_origins = ["https://example.com/search"]
  }

  expect_failures = [var.cors_origins]
}

run "a_domain_without_a_certificate" {
  command = plan

  variables {
    domain_name = "quiver.example.com"
  }

  expect_failures = [var.domain_name]
}

run "no_endpoint_at_all" {
  command = plan

  variables {
    disable_default_endpoint = true
  }

  expect_failures = [var.disable_default_endpoint]
}

run "the_notifications_of_a_bucket_that_exists" {
  command = plan

  variables {
    create_bucket = false
    bucket_name   = "ours"
  }

  expect_failures = [var.manage_bucket_notifications]
}

run "a_batch_without_a_window" {
  command = plan

  variables {
    queue_batching_seconds = { upsert = 0 }
  }

  expect_failures = [var.queue_batching_seconds]
}

run "a_concurrency_below_what_lambda_has" {
  command = plan

  variables {
    queue_concurrency = { ingest = 1 }
  }

  expect_failures = [var.queue_concurrency]
}

run "more_queue_concurrency_than_reserved" {
  command = plan

  variables {
    reserved_concurrency = { ingest = 2 }
  }

  expect_failures = [var.queue_concurrency]
}

run "a_schedule_that_is_none" {
  command = plan

  variables {
    compact_schedule = "every hour"
  }

  expect_failures = [var.compact_schedule]
}

run "a_chat_provider_without_a_model" {
  command = plan

  variables {
    chat_provider = "openai"
  }

  expect_failures = [var.chat_provider]
}

run "bedrock_without_models" {
  command = plan

  variables {
    chat_provider   = "bedrock"
    chat_model_name = "m"
  }

  expect_failures = [var.chat_provider]
}

run "all_models_of_bedrock" {
  command = plan

  variables {
    bedrock_chat_model_arns = ["arn:aws:bedrock:*::foundation-model/*"]
  }

  expect_failures = [var.bedrock_chat_model_arns]
}

run "a_grace_that_is_no_duration" {
  command = plan

  variables {
    log_grace = "1h"
  }

  expect_failures = [var.log_grace]
}

run "more_index_memory_than_memory" {
  command = plan

  variables {
    index_memory_mib = 4000
  }

  expect_failures = [var.index_memory_mib]
}

run "a_collection_that_cannot_be" {
  command = plan

  variables {
    preload = ["Docs"]
  }

  expect_failures = [var.preload]
}

run "a_collector_without_a_scheme" {
  command = plan

  variables {
    otlp_endpoint = "localhost:4317"
  }

  expect_failures = [var.otlp_endpoint]
}

run "a_topic_that_is_none" {
  command = plan

  variables {
    alarm_topic_arns = ["me@example.com"]
  }

  expect_failures = [var.alarm_topic_arns]
}

run "topics_without_alarms" {
  command = plan

  variables {
    alarms           = false
    alarm_topic_arns = ["arn:aws:sns:eu-central-1:123456789012:on-call"]
  }

  expect_failures = [var.alarm_topic_arns]
}
