# A role for each function, with what that function does and nothing else. Each statement says why it is there. Nobody
# can write documents/, packages/ or the API keys; nobody can change buckets, policies, queues or functions.

locals {
  # ---- Every function -------------------------------------------------------------------------------------------

  log_statements = { for f in local.function_names : f => [
    {
      # Its log lines, into its own group. Not CreateLogGroup: Terraform made it.
      Sid      = "WriteOwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${var.name}-${f}:*"
    },
  ] }

  trace_statements = [for s in [
    {
      # The two actions of sending traces; X-Ray knows no resources for them.
      Sid      = "SendTraces"
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    },
  ] : s if var.tracing]

  vpc_statements = { for f in local.function_names : f => [for s in [
    {
      # Lambda itself, with this role, makes and removes the function's network interfaces. EC2 does not take
      # resources for Describe*, and Lambda does not say beforehand which interfaces it will make.
      Sid      = "LambdaManagesInterfaces"
      Effect   = "Allow"
      Action   = local.vpc_actions
      Resource = "*"
    },
    {
      # ... and only Lambda: the function's own code, which uses the same role, may not.
      Sid       = "CodeDoesNot"
      Effect    = "Deny"
      Action    = local.vpc_actions
      Resource  = "*"
      Condition = { ArnEquals = { "lambda:SourceFunctionArn" = local.function_arns[f] } }
    },
  ] : s if length(var.vpc_subnet_ids) > 0] }

  vpc_actions = [
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
  ]

  # ---- Those that work on collections: all of them --------------------------------------------------------------
  # Writers delete too: a log entry whose swap was lost is taken back, and an upsert may release a fork's marker.

  collection_statements = concat(
    [for s in [
      {
        # GetObject: manifests, log, segments. PutObject: the same, conditionally, and parts of uploads. DeleteObject:
        # what is not needed any more. AbortMultipartUpload: an upload that failed leaves no parts.
        Sid      = "ReadAndWriteCollections"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = "${local.bucket_arn}/collections/*"
      },
      {
        # The log after a sequence, the names of collections; and without it a missing object would be a 403, not a 404.
        # IfExists: S3 decides that when an object is read, a request which has no prefix.
        Sid       = "ListCollections"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.bucket_arn
        Condition = { StringLikeIfExists = { "s3:prefix" = ["collections/*"] } }
      },
    ] : s if !local.express],
    [for s in [
      {
        # A directory bucket knows one right for all reading and writing of objects.
        Sid      = "ReadAndWriteCollections"
        Effect   = "Allow"
        Action   = "s3express:CreateSession"
        Resource = local.express_bucket_arn
      },
    ] : s if local.express],
  )

  key_statements = [for s in [
    {
      # Reading objects, receiving from encrypted queues, and the function's own environment variables.
      Sid      = "Decrypt"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = local.kms_key_arn
    },
    {
      # Writing objects and messages, through S3 and SQS only.
      Sid       = "EncryptThroughServices"
      Effect    = "Allow"
      Action    = "kms:GenerateDataKey"
      Resource  = local.kms_key_arn
      Condition = { StringEquals = { "kms:ViaService" = ["s3.${local.region}.amazonaws.com", "sqs.${local.region}.amazonaws.com"] } }
    },
  ] : s if local.kms]

  # ---- Some of them ---------------------------------------------------------------------------------------------

  embedding_statements = [for s in [
    {
      # Embeddings by these models of Bedrock and no others.
      Sid      = "Embed"
      Effect   = "Allow"
      Action   = "bedrock:InvokeModel"
      Resource = var.bedrock_embedding_model_arns
    },
  ] : s if length(var.bedrock_embedding_model_arns) > 0]

  answer_statements = [for s in [
    {
      # Answers of rag by these models and no others. The answer comes in one piece: no right to stream is needed.
      Sid      = "Answer"
      Effect   = "Allow"
      Action   = "bedrock:InvokeModel"
      Resource = var.bedrock_chat_model_arns
    },
  ] : s if length(var.bedrock_chat_model_arns) > 0]

  api_key_statements = [for s in [
    {
      # The hashed API keys, that one object.
      Sid      = "ReadAPIKeys"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.bucket_arn}/${var.api_keys_object}"
    },
    {
      # So that keys that are not there yet are told from keys that may not be read.
      Sid       = "SeeWhetherThereAreAPIKeys"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.bucket_arn
      Condition = { StringEqualsIfExists = { "s3:prefix" = [var.api_keys_object] } }
    },
  ] : s if var.auth == "keys"]

  document_statements = [
    {
      # The document an event tells of, and in a versioned bucket the very version.
      Sid      = "ReadDocuments"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = "${local.bucket_arn}/documents/*"
    },
    {
      # A document that is gone by now must be a 404 (then its records go), not a 403 (then something is wrong).
      Sid       = "SeeWhetherDocumentsAreThere"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.bucket_arn
      Condition = { StringLikeIfExists = { "s3:prefix" = ["documents/*"] } }
    },
  ]

  # Lambda receives and deletes with the function's role. Not ChangeMessageVisibility; SendMessage only to the
  # dead-letter queue of its own.
  queue_statements = { for q in local.queue_names : q => [
    {
      Sid      = "ReceiveFromOwnQueue"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource = local.queue_arns[q]
    },
    {
      # Messages that can never be processed, with the reason.
      Sid      = "GiveUpMessages"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = local.dead_letter_arns[q]
    },
  ] }

  failure_statements = [
    {
      # What the schedule asked for and the function could not do goes there, sent by Lambda with the function's role.
      Sid      = "ReportFailure"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = local.dead_letter_arns["schedules"]
    },
  ]

  # ---- Together -------------------------------------------------------------------------------------------------

  own_statements = {
    api             = concat(local.embedding_statements, local.answer_statements, local.api_key_statements)
    ingest          = concat(local.embedding_statements, local.document_statements, local.queue_statements["ingest"])
    upsert          = concat(local.embedding_statements, local.queue_statements["upsert"])
    compact         = local.failure_statements
    collect-garbage = local.failure_statements
  }

  function_policies = { for f in local.function_names : f => jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.log_statements[f], local.trace_statements, local.vpc_statements[f],
      local.collection_statements, local.key_statements, local.own_statements[f],
    )
  }) }
}

resource "aws_iam_role" "function" {
  for_each = toset(local.function_names)

  # Roles are the account's, functions the region's: the region keeps two deployments apart.
  name                 = "${var.name}-${local.region}-${each.key}"
  description          = "Quiver: what the function ${each.key} may do"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = toset(local.function_names)

  name   = "quiver"
  role   = aws_iam_role.function[each.key].id
  policy = local.function_policies[each.key]
}

# ---- The schedules' role --------------------------------------------------------------------------------------------

resource "aws_iam_role" "schedules" {
  count = length(local.schedules) > 0 ? 1 : 0

  name                 = "${var.name}-${local.region}-schedules"
  description          = "Quiver: what its schedules may do"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      # Only for the schedules of this deployment: Scheduler must not be talked into using the role for others.
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.name}" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedules" {
  count = length(local.schedules) > 0 ? 1 : 0

  name = "quiver"
  role = aws_iam_role.schedules[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # Call what is scheduled, by the alias.
          Sid      = "CallScheduled"
          Effect   = "Allow"
          Action   = "lambda:InvokeFunction"
          Resource = [for f in sort(keys(local.schedules)) : "${local.function_arns[f]}:live"]
        },
        {
          # Calls that could not be delivered.
          Sid      = "KeepUndelivered"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = local.dead_letter_arns["schedules"]
        },
      ],
      # That queue is encrypted with the key too.
      [for s in local.key_statements : s],
    )
  })
}
