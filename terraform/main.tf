# What everything else refers to. ARNs are put together from names rather than taken from resources where policies use
# them: so a plan shows whole policies before anything exists, and resources that name each other make no cycle.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  function_names = ["api", "ingest", "upsert", "compact", "collect-garbage"]
  queue_names    = ["ingest", "upsert"]

  memory  = merge({ api = 1769, ingest = 1769, upsert = 1769, compact = 3008, collect-garbage = 512 }, var.memory_mb)
  timeout = merge({ api = 30, ingest = 300, upsert = 60, compact = 900, collect-garbage = 900 }, var.timeout_seconds)
  storage = merge({ api = 512, ingest = 1024, upsert = 512, compact = 4096, collect-garbage = 512 }, var.ephemeral_storage_mb)

  batch_size       = merge({ ingest = 10, upsert = 100 }, var.queue_batch_size)
  batching_seconds = merge({ ingest = 5, upsert = 5 }, var.queue_batching_seconds)
  concurrency      = merge({ ingest = 4, upsert = 4 }, var.queue_concurrency)

  # The bucket of documents, packages and API keys; the collections are there too unless they have a directory bucket.
  bucket_name = coalesce(var.bucket_name, "${var.name}-${local.account}-${local.region}")
  bucket      = var.create_bucket ? aws_s3_bucket.data[0].bucket : local.bucket_name
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"

  express             = var.express_zone_id != null
  express_bucket_name = local.express ? "${var.name}-${local.account}--${var.express_zone_id}--x-s3" : null
  express_bucket_arn  = local.express ? "arn:${local.partition}:s3express:${local.region}:${local.account}:bucket/${local.express_bucket_name}" : null
  collections_uri     = "s3://${local.express ? local.express_bucket_name : local.bucket_name}/collections"

  notify = coalesce(var.manage_bucket_notifications, var.create_bucket)

  kms         = var.encryption != "s3"
  kms_key_arn = var.encryption == "own-key" ? aws_kms_key.own[0].arn : var.kms_key_arn

  function_arns = { for f in local.function_names : f => "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}-${f}" }
  queue_arns    = { for q in local.queue_names : q => "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-${q}" }
  # What failed, by where it came from. "schedules" takes invocations that were not delivered or not answered.
  dead_letter_arns = { for q in concat(local.queue_names, ["schedules"]) : q => "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-${q}-dead" }
  # As SQS builds them; from names like the ARNs, so that a plan shows the functions' environment whole.
  dead_letter_urls = { for q in local.queue_names : q => "https://sqs.${local.region}.${data.aws_partition.current.dns_suffix}/${local.account}/${var.name}-${q}-dead" }

  tags = merge({ Application = var.name }, var.tags)
}
