# A role holds what its function does, action by action, and nothing else.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "each_function_has_exactly_these_actions" {
  command = plan

  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.function["api"].policy).Statement : s.Action])) == toset([
      "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket",
    ])
    error_message = "api: other actions than its log and the collections."
  }

  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.function["ingest"].policy).Statement : s.Action])) == toset([
      "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket",
      "s3:GetObjectVersion", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage",
    ])
    error_message = "ingest: other actions than its log, the collections, documents and its queue."
  }

  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.function["upsert"].policy).Statement : s.Action])) == toset([
      "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket",
      "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage",
    ])
    error_message = "upsert: other actions than its log, the collections and its queue."
  }

  assert {
    condition = alltrue([for f in ["compact", "collect-garbage"] :
      toset(flatten([for s in jsondecode(aws_iam_role_policy.function[f].policy).Statement : s.Action])) == toset([
        "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket",
        "sqs:SendMessage",
      ])
    ])
    error_message = "compact, collect-garbage: other actions than their log, the collections and the report of failures."
  }
}

run "nobody_may_do_something_everywhere" {
  command = plan

  assert {
    condition = length([for p in values(aws_iam_role_policy.function) : p.name
      if length([for s in jsondecode(p.policy).Statement : 1 if contains(flatten([s.Resource]), "*") || anytrue([for a in flatten([s.Action]) : endswith(a, "*")])]) > 0
    ]) == 0
    error_message = "A statement for all resources or with a wildcard in its actions."
  }
}

run "only_collections_are_written_and_only_ingest_reads_documents" {
  command = plan

  assert {
    condition = alltrue(flatten([for p in values(aws_iam_role_policy.function) : [for s in jsondecode(p.policy).Statement :
      s.Resource == "arn:aws:s3:::quiver-123456789012-eu-central-1/collections/*"
      if length(setintersection(flatten([s.Action]), ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"])) > 0
    ]]))
    error_message = "A function may write outside collections/."
  }

  assert {
    condition     = [for f, p in aws_iam_role_policy.function : f if strcontains(p.policy, "documents/")] == ["ingest"]
    error_message = "Another function than ingest may see documents/."
  }

  assert {
    condition = alltrue(flatten([for p in values(aws_iam_role_policy.function) : [for s in jsondecode(p.policy).Statement :
      can(s.Condition.StringLikeIfExists["s3:prefix"]) if s.Action == "s3:ListBucket"
    ]]))
    error_message = "A function may list the whole bucket."
  }
}

run "a_function_writes_its_own_log_only" {
  command = plan

  assert {
    condition = alltrue([for f, p in aws_iam_role_policy.function :
      [for s in jsondecode(p.policy).Statement : s.Resource if s.Sid == "WriteOwnLog"] == ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/quiver-${f}:*"]
    ])
    error_message = "Log rights for another group."
  }
}

run "a_queue_is_read_by_its_function_only" {
  command = plan

  assert {
    condition = alltrue([for f in ["ingest", "upsert"] :
      [for s in jsondecode(aws_iam_role_policy.function[f].policy).Statement : s.Resource if s.Sid == "ReceiveFromOwnQueue"] == ["arn:aws:sqs:eu-central-1:123456789012:quiver-${f}"]
    ])
    error_message = "Queue rights for another queue."
  }
}

run "bedrock_only_for_the_given_models" {
  command = plan

  variables {
    chat_provider                = "bedrock"
    chat_model_name              = "amazon.nova-lite-v1:0"
    bedrock_chat_model_arns      = ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"]
    bedrock_embedding_model_arns = ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0"]
  }

  assert {
    condition = flatten([for s in jsondecode(aws_iam_role_policy.function["api"].policy).Statement : s.Resource if startswith(flatten([s.Action])[0], "bedrock:")]) == [
      "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0",
      "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
    ]
    error_message = "api: not the two models."
  }

  assert {
    condition = alltrue([for f in ["ingest", "upsert"] :
      flatten([for s in jsondecode(aws_iam_role_policy.function[f].policy).Statement : s.Resource if startswith(flatten([s.Action])[0], "bedrock:")]) == ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0"]
    ])
    error_message = "ingest, upsert: they embed, they do not answer."
  }

  assert {
    condition     = alltrue([for f in ["compact", "collect-garbage"] : !strcontains(aws_iam_role_policy.function[f].policy, "bedrock")])
    error_message = "compact, collect-garbage: they need no model."
  }

  assert {
    condition     = alltrue([for p in values(aws_iam_role_policy.function) : !strcontains(p.policy, "InvokeModelWithResponseStream")])
    error_message = "No function streams."
  }
}

run "kms_only_with_the_given_key" {
  command = plan

  variables {
    encryption  = "given-key"
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue(flatten([for p in values(aws_iam_role_policy.function) : [for s in jsondecode(p.policy).Statement :
      s.Resource == "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" if startswith(flatten([s.Action])[0], "kms:")
    ]]))
    error_message = "KMS rights for another key."
  }

  assert {
    condition = alltrue([for p in values(aws_iam_role_policy.function) :
      toset(flatten([for s in jsondecode(p.policy).Statement : s.Action if startswith(flatten([s.Action])[0], "kms:")])) == toset(["kms:Decrypt", "kms:GenerateDataKey"])
    ])
    error_message = "Functions need to decrypt and to make data keys, no more."
  }
}

run "tracing_adds_two_actions" {
  command = plan

  variables {
    tracing = true
  }

  assert {
    condition = alltrue([for p in values(aws_iam_role_policy.function) :
      flatten([for s in jsondecode(p.policy).Statement : s.Action if s.Resource == "*"]) == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    ])
    error_message = "Tracing: other actions for all resources."
  }

  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.tracing_config[0].mode == "Active"])
    error_message = "Tracing is not on."
  }
}

run "in_a_vpc_the_code_may_not_use_the_interface_rights" {
  command = plan

  variables {
    vpc_subnet_ids         = ["subnet-1", "subnet-2"]
    vpc_security_group_ids = ["sg-1"]
  }

  assert {
    condition = alltrue([for f, p in aws_iam_role_policy.function :
      [for s in jsondecode(p.policy).Statement : s.Condition.ArnEquals["lambda:SourceFunctionArn"] if s.Effect == "Deny"] == ["arn:aws:lambda:eu-central-1:123456789012:function:quiver-${f}"]
    ])
    error_message = "The Deny for the function's own code is missing."
  }

  assert {
    condition = alltrue([for p in values(aws_iam_role_policy.function) :
      toset(flatten([for s in jsondecode(p.policy).Statement : s.Action if s.Effect == "Deny"])) == toset(flatten([for s in jsondecode(p.policy).Statement : s.Action if s.Sid == "LambdaManagesInterfaces"]))
    ])
    error_message = "What Lambda may do and what the code may not do are not the same."
  }

  assert {
    condition     = alltrue([for f in values(aws_lambda_function.this) : f.vpc_config[0].subnet_ids == toset(["subnet-1", "subnet-2"])])
    error_message = "A function is not in the VPC."
  }
}

run "schedules_call_two_functions_by_their_alias" {
  command = plan

  assert {
    condition = [for s in jsondecode(aws_iam_role_policy.schedules[0].policy).Statement : s.Resource if s.Action == "lambda:InvokeFunction"][0] == [
      "arn:aws:lambda:eu-central-1:123456789012:function:quiver-collect-garbage:live",
      "arn:aws:lambda:eu-central-1:123456789012:function:quiver-compact:live",
    ]
    error_message = "Schedules may call something else."
  }

  assert {
    condition     = jsondecode(aws_iam_role.schedules[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/quiver"
    error_message = "Schedules of others could use the role."
  }
}

run "with_api_keys_one_object_more_is_read" {
  command = plan

  variables {
    auth            = "keys"
    api_keys_object = "secret/keys.json"
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.function["api"].policy).Statement : s.Resource if s.Sid == "ReadAPIKeys"] == ["arn:aws:s3:::quiver-123456789012-eu-central-1/secret/keys.json"]
    error_message = "api: not that object."
  }

  assert {
    condition     = [for f, p in aws_iam_role_policy.function : f if strcontains(p.policy, "keys.json")] == ["api"]
    error_message = "Another function than api may read the keys."
  }
}

run "a_boundary_is_on_every_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = alltrue([for r in concat(values(aws_iam_role.function), aws_iam_role.schedules) : r.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"])
    error_message = "A role without the boundary."
  }
}
