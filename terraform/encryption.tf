# One key for bucket, queues, environment variables and, if asked for, logs. The roles get their rights to it in
# roles.tf; here are those of AWS' own services, which no role can give.

resource "aws_kms_key" "own" {
  count = var.encryption == "own-key" ? 1 : 0

  description             = "Quiver deployment ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.kms_deletion_days
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for s in [
      {
        # Without it nobody could manage the key, and IAM policies could not give rights to it.
        Sid       = "AccountDecidesByIAM"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # S3, or EventBridge, writes the news of a document into the encrypted queue. AWS documents no condition for
        # this; which bucket or rule may send is said by the queue's policy.
        Sid       = "DocumentEventsIntoTheQueue"
        Effect    = "Allow"
        Principal = { Service = var.document_events == "sqs" ? "s3.amazonaws.com" : "events.amazonaws.com" }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
      },
      {
        # CloudWatch Logs encrypts by itself; only for the groups of this deployment.
        Sid       = "LogsOfThisDeployment"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = [
          "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${var.name}-*",
          "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/vendedlogs/${var.name}-*",
        ] } }
      },
    ] : s if s.Sid != "LogsOfThisDeployment" || var.encrypt_logs]
  })
}

resource "aws_kms_alias" "own" {
  count = var.encryption == "own-key" ? 1 : 0

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.own[0].key_id
}
