# documents/ -> queue -> ingest, and whoever may send -> queue -> upsert. What fails too often waits in a dead-letter
# queue, for two weeks.

resource "aws_sqs_queue" "work" {
  for_each = toset(local.queue_names)

  name = "${var.name}-${each.key}"
  # AWS advises six times the function's timeout: a message must not come again while a throttled function still
  # tries. The batching window counts too.
  visibility_timeout_seconds = 6 * local.timeout[each.key] + local.batching_seconds[each.key]
  message_retention_seconds  = 4 * 24 * 3600
  receive_wait_time_seconds  = 20

  sqs_managed_sse_enabled = local.kms ? null : true
  kms_master_key_id       = local.kms_key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = var.max_receives
  })

  tags = local.tags
}

resource "aws_sqs_queue" "dead" {
  for_each = local.dead_letter_arns

  name                      = "${var.name}-${each.key}-dead"
  message_retention_seconds = 14 * 24 * 3600

  sqs_managed_sse_enabled = local.kms ? null : true
  kms_master_key_id       = local.kms_key_arn

  tags = local.tags
}

# Only its own queue may send a dead-letter queue something, and none the one for schedules.
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  for_each = local.dead_letter_arns

  queue_url = aws_sqs_queue.dead[each.key].id
  redrive_allow_policy = jsonencode({ for k, v in {
    redrivePermission = contains(local.queue_names, each.key) ? "byQueue" : "denyAll"
    sourceQueueArns   = contains(local.queue_names, each.key) ? [local.queue_arns[each.key]] : null
  } : k => v if v != null })
}

locals {
  only_tls = { for arn in concat(values(local.queue_arns), values(local.dead_letter_arns)) : arn => {
    Sid       = "OnlyTLS"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Resource  = arn
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  } }

  # Who may send without being of this account: the service that tells of documents, for this bucket only.
  document_senders = {
    sqs = {
      Sid       = "ThisBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arns["ingest"]
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.bucket_arn }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }
    eventbridge = {
      Sid       = "ThisRule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arns["ingest"]
      Condition = {
        ArnEquals    = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-documents" }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }
  }
}

resource "aws_sqs_queue_policy" "work" {
  for_each = toset(local.queue_names)

  queue_url = aws_sqs_queue.work[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.only_tls[local.queue_arns[each.key]]], [for s in [local.document_senders[var.document_events]] : s if each.key == "ingest"])
  })
}

resource "aws_sqs_queue_policy" "dead" {
  for_each = local.dead_letter_arns

  queue_url = aws_sqs_queue.dead[each.key].id
  policy    = jsonencode({ Version = "2012-10-17", Statement = [local.only_tls[each.value]] })
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = toset(local.queue_names)

  event_source_arn                   = aws_sqs_queue.work[each.key].arn
  function_name                      = aws_lambda_alias.live[each.key].arn
  batch_size                         = local.batch_size[each.key]
  maximum_batching_window_in_seconds = local.batching_seconds[each.key]
  # The functions answer which messages failed; without this the whole batch would come again.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = local.concurrency[each.key]
  }

  tags = local.tags
}

# ---- Documents by way of EventBridge --------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "documents" {
  count = var.document_events == "eventbridge" ? 1 : 0

  name        = "${var.name}-documents"
  description = "Documents of Quiver that came, changed or went"
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created", "Object Deleted"]
    detail = {
      bucket = { name = [local.bucket_name] }
      object = { key = [{ prefix = "documents/" }] }
    }
  })
  tags = local.tags
}

resource "aws_cloudwatch_event_target" "documents" {
  count = var.document_events == "eventbridge" ? 1 : 0

  rule      = aws_cloudwatch_event_rule.documents[0].name
  target_id = "ingest"
  arn       = aws_sqs_queue.work["ingest"].arn
}
