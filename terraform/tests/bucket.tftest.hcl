# The bucket is closed, encrypted and kept.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "closed_encrypted_and_kept_by_default" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.data[0].block_public_acls, aws_s3_bucket_public_access_block.data[0].block_public_policy,
      aws_s3_bucket_public_access_block.data[0].ignore_public_acls, aws_s3_bucket_public_access_block.data[0].restrict_public_buckets,
    ])
    error_message = "Public access is not blocked."
  }
  assert {
    condition     = !aws_s3_bucket.data[0].force_destroy && aws_s3_bucket_public_access_block.data[0].skip_destroy
    error_message = "destroy would delete data, or leave an open bucket."
  }
  assert {
    condition     = aws_s3_bucket_ownership_controls.data[0].rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs are possible."
  }
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.data[0].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "Not SSE-S3."
  }
  assert {
    condition     = alltrue([for s in jsondecode(aws_s3_bucket_policy.data[0].policy).Statement : s.Effect == "Deny"])
    error_message = "The bucket's policy allows somebody something."
  }
  assert {
    condition = anytrue([for s in jsondecode(aws_s3_bucket_policy.data[0].policy).Statement :
      try(s.Condition.Bool["aws:SecureTransport"] == "false", false) && s.Principal == "*" && s.Action == "s3:*"
      && toset(s.Resource) == toset(["arn:aws:s3:::quiver-123456789012-eu-central-1", "arn:aws:s3:::quiver-123456789012-eu-central-1/*"])
    ])
    error_message = "Requests without TLS are possible."
  }
  assert {
    condition     = anytrue([for r in aws_s3_bucket_lifecycle_configuration.data[0].rule : try(r.abort_incomplete_multipart_upload[0].days_after_initiation == 2, false)])
    error_message = "Parts of failed uploads stay."
  }
  assert {
    condition     = length(aws_s3_bucket_versioning.data) == 0 && length(aws_kms_key.own) == 0 && length(aws_s3_directory_bucket.collections) == 0
    error_message = "Something that costs was not asked for."
  }
  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_DATA"] == "s3://quiver-123456789012-eu-central-1/collections"
    error_message = "QUIVER_DATA is not the bucket."
  }
}

run "versions_are_kept_for_a_time" {
  command = plan

  variables {
    bucket_versioning       = true
    noncurrent_version_days = 7
  }

  assert {
    condition     = aws_s3_bucket_versioning.data[0].versioning_configuration[0].status == "Enabled"
    error_message = "No versioning."
  }
  assert {
    condition     = anytrue([for r in aws_s3_bucket_lifecycle_configuration.data[0].rule : try(r.noncurrent_version_expiration[0].noncurrent_days == 7, false)])
    error_message = "Old versions stay for ever."
  }
}

run "an_own_key_encrypts_bucket_queues_and_environment" {
  # Applied (with the mock): the key's ARN is known only then.
  command = apply

  variables {
    encryption   = "own-key"
    encrypt_logs = true
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.data[0].rule).bucket_key_enabled && one(aws_s3_bucket_server_side_encryption_configuration.data[0].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.own[0].arn
    error_message = "The bucket does not use the key."
  }
  assert {
    condition     = alltrue([for q in concat(values(aws_sqs_queue.work), values(aws_sqs_queue.dead)) : q.kms_master_key_id == aws_kms_key.own[0].arn])
    error_message = "A queue does not use the key."
  }
  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.kms_key_arn == aws_kms_key.own[0].arn]) && alltrue([for g in concat(values(aws_cloudwatch_log_group.function), aws_cloudwatch_log_group.access) : g.kms_key_id == aws_kms_key.own[0].arn])
    error_message = "A function or a log group does not use the key."
  }
  assert {
    condition     = aws_kms_key.own[0].enable_key_rotation && aws_kms_key.own[0].deletion_window_in_days == 30
    error_message = "The key is not rotated, or gone too soon."
  }
  assert {
    condition     = [for s in jsondecode(aws_kms_key.own[0].policy).Statement : try(s.Principal.Service, "account")] == ["account", "s3.amazonaws.com", "logs.eu-central-1.amazonaws.com"]
    error_message = "The key is for others than account, S3 and logs."
  }
  assert {
    condition     = strcontains(aws_iam_role_policy.schedules[0].policy, "kms:GenerateDataKey")
    error_message = "Schedules could not write to the encrypted dead-letter queue."
  }
}

run "a_bucket_that_exists_is_left_alone" {
  command = plan

  variables {
    create_bucket   = false
    bucket_name     = "ours"
    document_events = "eventbridge"
  }

  assert {
    condition = length(concat(
      aws_s3_bucket.data, aws_s3_bucket_public_access_block.data, aws_s3_bucket_policy.data, aws_s3_bucket_versioning.data, aws_s3_bucket_ownership_controls.data,
      aws_s3_bucket_server_side_encryption_configuration.data, aws_s3_bucket_lifecycle_configuration.data, aws_s3_bucket_notification.data,
    )) == 0
    error_message = "The module changes a bucket that it did not make."
  }
  assert {
    condition     = aws_lambda_function.this["upsert"].environment[0].variables["QUIVER_DATA"] == "s3://ours/collections" && strcontains(aws_iam_role_policy.function["upsert"].policy, "arn:aws:s3:::ours/collections/*")
    error_message = "Not that bucket."
  }
}

run "express_for_the_collections_only" {
  command = plan

  variables {
    express_zone_id = "euc1-az1"
  }

  assert {
    condition     = aws_s3_directory_bucket.collections[0].bucket == "quiver-123456789012--euc1-az1--x-s3" && !aws_s3_directory_bucket.collections[0].force_destroy
    error_message = "The directory bucket's name, or it would be deleted with data in it."
  }
  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_DATA"] == "s3://quiver-123456789012--euc1-az1--x-s3/collections"
    error_message = "QUIVER_DATA is not the directory bucket."
  }
  assert {
    condition = alltrue([for p in values(aws_iam_role_policy.function) :
      [for s in jsondecode(p.policy).Statement : s.Resource if s.Action == "s3express:CreateSession"] == ["arn:aws:s3express:eu-central-1:123456789012:bucket/quiver-123456789012--euc1-az1--x-s3"]
    ])
    error_message = "CreateSession for another bucket."
  }
  assert {
    condition     = alltrue([for p in values(aws_iam_role_policy.function) : !strcontains(p.policy, "/collections/*") && !strcontains(p.policy, "s3:PutObject")])
    error_message = "Rights to the bucket where the collections are not."
  }
  assert {
    condition     = [for s in jsondecode(aws_s3_bucket_policy.collections[0].policy).Statement : s.Principal.Service] == ["lifecycle.s3.amazonaws.com"]
    error_message = "Others than S3's lifecycle are let in."
  }
}
