# One bucket: collections/ (the functions' own), documents/ (uploaded by people, read by ingest), packages/ (the zips),
# and the hashed API keys. Nothing in it is public.

resource "aws_s3_bucket" "data" {
  count = var.create_bucket ? 1 : 0

  bucket        = local.bucket_name
  force_destroy = var.force_destroy
  tags          = local.tags

  # If the bucket stays at `destroy` because it is not empty, its key must stay too: Terraform destroys the key only
  # after the bucket.
  depends_on = [aws_kms_key.own]
}

resource "aws_s3_bucket_public_access_block" "data" {
  count = var.create_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.data[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
  # A bucket that stays at `destroy` stays closed.
  skip_destroy = !var.force_destroy
}

resource "aws_s3_bucket_ownership_controls" "data" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.data[0].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.data[0].id
  rule {
    # One request to KMS for many objects instead of one for each: a query reads hundreds.
    bucket_key_enabled = local.kms
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.kms ? "aws:kms" : "AES256"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "data" {
  count = var.create_bucket && var.bucket_versioning ? 1 : 0

  bucket = aws_s3_bucket.data[0].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.data[0].id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_uploads_after_days
    }
  }

  # Also without versioning: if it was on once, what it kept goes in time.
  rule {
    id     = "expire-noncurrent-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }
    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.data]
}

resource "aws_s3_bucket_policy" "data" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.data[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "OnlyTLS12AndNewer"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })

  # S3 refuses two changes of these at the same time.
  depends_on = [aws_s3_bucket_public_access_block.data, aws_s3_bucket_ownership_controls.data]
}

resource "aws_s3_bucket_notification" "data" {
  count = local.notify ? 1 : 0

  bucket      = local.bucket
  eventbridge = var.document_events == "eventbridge"

  dynamic "queue" {
    for_each = var.document_events == "sqs" ? ["ingest"] : []
    content {
      id            = "documents"
      queue_arn     = aws_sqs_queue.work["ingest"].arn
      events        = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
      filter_prefix = "documents/"
    }
  }

  # S3 sends a test message at once and refuses a queue that it may not write to.
  depends_on = [aws_sqs_queue_policy.work]
}

# ---- S3 Express One Zone, for the collections only ------------------------------------------------------------------

resource "aws_s3_directory_bucket" "collections" {
  count = local.express ? 1 : 0

  bucket          = local.express_bucket_name
  data_redundancy = "SingleAvailabilityZone"
  type            = "Directory"
  force_destroy   = var.force_destroy
  tags            = local.tags

  location {
    name = var.express_zone_id
    type = "AvailabilityZone"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "collections" {
  count = local.express ? 1 : 0

  bucket = aws_s3_directory_bucket.collections[0].bucket
  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_uploads_after_days
    }
  }
}

resource "aws_s3_bucket_policy" "collections" {
  count = local.express ? 1 : 0

  bucket = aws_s3_directory_bucket.collections[0].bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # In a directory bucket S3's own lifecycle needs leave to delete.
        Sid       = "LifecycleDeletes"
        Effect    = "Allow"
        Principal = { Service = "lifecycle.s3.amazonaws.com" }
        Action    = "s3express:CreateSession"
        Resource  = local.express_bucket_arn
      },
    ]
  })
}
