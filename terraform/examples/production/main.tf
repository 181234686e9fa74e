# For people who depend on it: state in S3, tokens of an identity provider, an own key, versions of objects, warm
# functions on arm64, answers by a model of Bedrock, alarms by mail.
#
#   terraform init -backend-config=bucket=<state bucket> -backend-config=key=quiver.tfstate -backend-config=region=<region>
#   terraform apply -var-file=production.tfvars

terraform {
  required_version = ">= 1.10" # use_lockfile

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # The state holds the functions' environment. Its bucket must be private and encrypted.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { ManagedBy = "terraform" }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "quiver-alarms"
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_mail
}

module "quiver" {
  source = "../.."

  api_package     = var.api_package
  events_package  = var.events_package
  architecture    = "arm64"
  pinned_versions = var.pinned_versions

  # Data stays at `destroy`, and what is overwritten or deleted stays for a month.
  force_destroy     = false
  bucket_versioning = true
  encryption        = "own-key"
  encrypt_logs      = true

  auth         = "jwt"
  jwt_issuer   = var.jwt_issuer
  jwt_audience = var.jwt_audience

  domain_name              = var.domain_name
  domain_certificate_arn   = var.domain_certificate_arn
  domain_zone_id           = var.domain_zone_id
  disable_default_endpoint = var.domain_name != null

  memory_mb               = { api = 3008, compact = 4096 }
  reserved_concurrency    = { api = 100, ingest = 10, upsert = 10 }
  provisioned_concurrency = 2
  queue_concurrency       = { ingest = 10, upsert = 10 }

  # Others may listen to new documents too.
  document_events = "eventbridge"

  chat_provider           = "bedrock"
  chat_model_name         = var.chat_model_name
  bedrock_chat_model_arns = var.chat_model_arns

  log_retention_days = 365
  tracing            = true
  alarm_topic_arns   = [aws_sns_topic.alarms.arn]
}

output "endpoint" {
  value = module.quiver.endpoint
}

output "documents_uri" {
  value = module.quiver.documents_uri
}

output "sender_policy" {
  value = module.quiver.sender_policy
}

output "queue_urls" {
  value = module.quiver.queue_urls
}

output "dead_letter_queue_urls" {
  value = module.quiver.dead_letter_queue_urls
}

output "dashboard_url" {
  value = module.quiver.dashboard_url
}
