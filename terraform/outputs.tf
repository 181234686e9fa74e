output "endpoint" {
  description = "Where the HTTP API answers: `POST <endpoint>/<operation>`."
  value       = local.endpoint
}

output "function_url" {
  description = "The function URL, if there is one."
  value       = one(aws_lambda_function_url.api[*].function_url)
}

output "example_request" {
  description = "A request to paste into a shell."
  value       = local.example_requests[var.auth]
}

output "caller_policy" {
  description = "An IAM policy (JSON) for those who may call the API with auth `iam`, or the function URL `iam`."
  value       = local.caller_policy
}

output "functions" {
  description = "By function: `name`, `arn`, `alias_arn` (call this one), `version` (what the alias points to), `role_arn`, `log_group`."
  value = { for f in local.function_names : f => {
    name      = aws_lambda_function.this[f].function_name
    arn       = aws_lambda_function.this[f].arn
    alias_arn = aws_lambda_alias.live[f].arn
    version   = aws_lambda_alias.live[f].function_version
    role_arn  = aws_iam_role.function[f].arn
    log_group = aws_cloudwatch_log_group.function[f].name
  } }
}

output "bucket" {
  description = "The bucket of documents, packages, API keys and, without `express_zone_id`, collections."
  value       = local.bucket
}

output "documents_uri" {
  description = "Upload documents to `<documents_uri>/<collection>/<path>`."
  value       = "s3://${local.bucket}/documents"
}

output "collections_uri" {
  description = "Where the collections lie: the functions' `QUIVER_DATA`, also for `./quiver check` and `export`."
  value       = local.collections_uri
}

output "queue_urls" {
  description = "Queues by name: `ingest`, `upsert`."
  value       = { for q, queue in aws_sqs_queue.work : q => queue.url }
}

output "dead_letter_queue_urls" {
  description = "Dead-letter queues by where the message failed: `ingest`, `upsert`, `schedules`."
  value       = { for q, queue in aws_sqs_queue.dead : q => queue.url }
}

output "sender_policy" {
  description = "An IAM policy (JSON) for those who may upload documents and send to the upsert queue."
  value       = local.sender_policy
}

output "kms_key_arn" {
  description = "The KMS key, if one is used."
  value       = local.kms_key_arn
}

output "domain_target" {
  description = "What a CNAME for `domain_name` must point to."
  value       = one([for d in aws_apigatewayv2_domain_name.this : d.domain_name_configuration[0].target_domain_name])
}

output "dashboard_url" {
  description = "The dashboard in the AWS console."
  value       = one([for d in aws_cloudwatch_dashboard.this : "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${d.dashboard_name}"])
}

locals {
  endpoint = var.domain_name == null ? aws_apigatewayv2_api.http.api_endpoint : "https://${var.domain_name}"

  request_body = "-H 'Content-Type: application/json' -d '{}' ${local.endpoint}/collections/list"
  # Without a session there must be no token: curl would sign the empty header and not send it.
  example_requests = {
    iam  = "curl -s --aws-sigv4 aws:amz:${local.region}:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" $${AWS_SESSION_TOKEN:+-Hx-amz-security-token:$AWS_SESSION_TOKEN} ${local.request_body}"
    jwt  = "curl -s -H \"Authorization: Bearer $TOKEN\" ${local.request_body}"
    keys = "curl -s -H \"Authorization: Bearer $QUIVER_KEY\" ${local.request_body}"
  }

  caller_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for s in [{
        Sid      = "CallTheAPI"
        Effect   = "Allow"
        Action   = "execute-api:Invoke"
        Resource = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
      }] : s if var.auth == "iam"],
      [for s in [
        {
          Sid       = "CallTheFunctionURL"
          Effect    = "Allow"
          Action    = "lambda:InvokeFunctionUrl"
          Resource  = "${local.function_arns["api"]}:live"
          Condition = { StringEquals = { "lambda:FunctionUrlAuthType" = "AWS_IAM" } }
        },
        {
          Sid       = "CallThroughTheURLOnly"
          Effect    = "Allow"
          Action    = "lambda:InvokeFunction"
          Resource  = "${local.function_arns["api"]}:live"
          Condition = { Bool = { "lambda:InvokedViaFunctionUrl" = "true" } }
        },
      ] : s if var.function_url == "iam"],
    )
  })

  sender_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "PutAndRemoveDocuments"
          Effect   = "Allow"
          Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
          Resource = "${local.bucket_arn}/documents/*"
        },
        {
          Sid      = "SendRecords"
          Effect   = "Allow"
          Action   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
          Resource = local.queue_arns["upsert"]
        },
      ],
      local.key_statements,
    )
  })
}
