# Queues, notifications, schedules, alarms.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "queues_are_encrypted_and_wait_long_enough" {
  command = plan

  assert {
    condition     = alltrue([for q in concat(values(aws_sqs_queue.work), values(aws_sqs_queue.dead)) : q.sqs_managed_sse_enabled])
    error_message = "A queue is not encrypted."
  }
  assert {
    condition     = alltrue([for n, q in aws_sqs_queue.work : q.visibility_timeout_seconds >= 6 * aws_lambda_function.this[n].timeout && q.visibility_timeout_seconds <= 43200])
    error_message = "Messages come again while the function still works on them."
  }
  assert {
    condition     = alltrue([for m in values(aws_lambda_event_source_mapping.queue) : m.function_response_types == toset(["ReportBatchItemFailures"]) && m.scaling_config[0].maximum_concurrency == 4])
    error_message = "One bad message would repeat its whole batch, or the function takes all concurrency."
  }
}

run "queues_take_from_whom_they_should" {
  command = plan

  assert {
    condition     = alltrue([for p in concat(values(aws_sqs_queue_policy.work), values(aws_sqs_queue_policy.dead)) : anytrue([for s in jsondecode(p.policy).Statement : s.Effect == "Deny" && s.Action == "sqs:*" && try(s.Condition.Bool["aws:SecureTransport"] == "false", false)])])
    error_message = "A queue takes requests without TLS."
  }
  assert {
    condition     = length([for p in concat(values(aws_sqs_queue_policy.dead), [aws_sqs_queue_policy.work["upsert"]]) : p if anytrue([for s in jsondecode(p.policy).Statement : s.Effect == "Allow"])]) == 0
    error_message = "A queue other than ingest's lets a service send."
  }
  assert {
    condition = [for s in jsondecode(aws_sqs_queue_policy.work["ingest"].policy).Statement : s if s.Effect == "Allow"] == [{
      Sid       = "ThisBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-central-1:123456789012:quiver-ingest"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = "arn:aws:s3:::quiver-123456789012-eu-central-1" }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    }]
    error_message = "Others than this bucket may send."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dead["ingest"].redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:eu-central-1:123456789012:quiver-ingest"] } && jsondecode(aws_sqs_queue_redrive_allow_policy.dead["schedules"].redrive_allow_policy) == { redrivePermission = "denyAll" }
    error_message = "Other queues may send their dead letters here."
  }
}

run "what_fails_too_often_goes_to_the_dead_letters" {
  command = apply

  variables {
    max_receives = 3
  }

  assert {
    condition     = alltrue([for n, q in aws_sqs_queue.work : jsondecode(q.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead[n].arn, maxReceiveCount = 3 }])
    error_message = "The redrive policy."
  }
  assert {
    condition     = alltrue([for c in values(aws_lambda_function_event_invoke_config.scheduled) : c.destination_config[0].on_failure[0].destination == aws_sqs_queue.dead["schedules"].arn && c.qualifier == "live"])
    error_message = "Failed schedules vanish."
  }
  assert {
    condition     = alltrue([for s in values(aws_scheduler_schedule.this) : s.target[0].dead_letter_config[0].arn == aws_sqs_queue.dead["schedules"].arn && s.target[0].retry_policy[0].maximum_retry_attempts == 3])
    error_message = "Undelivered schedules vanish."
  }
}

run "documents_by_notification" {
  command = plan

  assert {
    condition     = aws_s3_bucket_notification.data[0].queue[0].filter_prefix == "documents/" && toset(aws_s3_bucket_notification.data[0].queue[0].events) == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"])
    error_message = "Not the documents."
  }
  assert {
    condition     = !aws_s3_bucket_notification.data[0].eventbridge && length(aws_cloudwatch_event_rule.documents) == 0
    error_message = "EventBridge too: each document would come twice."
  }
}

run "documents_by_eventbridge" {
  command = plan

  variables {
    document_events = "eventbridge"
  }

  assert {
    condition     = aws_s3_bucket_notification.data[0].eventbridge && length(aws_s3_bucket_notification.data[0].queue) == 0
    error_message = "The bucket tells the queue too: each document would come twice."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.documents[0].event_pattern).detail.bucket.name == ["quiver-123456789012-eu-central-1"] && jsondecode(aws_cloudwatch_event_rule.documents[0].event_pattern).detail.object.key == [{ prefix = "documents/" }]
    error_message = "The rule takes others' events."
  }
  assert {
    condition     = [for s in jsondecode(aws_sqs_queue_policy.work["ingest"].policy).Statement : s.Condition.ArnEquals["aws:SourceArn"] if s.Effect == "Allow"] == ["arn:aws:events:eu-central-1:123456789012:rule/quiver-documents"]
    error_message = "Other rules may send."
  }
}

run "schedules" {
  command = plan

  assert {
    condition     = { for n, s in aws_scheduler_schedule.this : n => s.schedule_expression } == { compact = "rate(15 minutes)", collect-garbage = "rate(6 hours)" } && alltrue([for s in values(aws_scheduler_schedule.this) : s.target[0].input == "{}"])
    error_message = "The schedules."
  }
}

run "without_schedules_no_role_is_left" {
  command = plan

  variables {
    compact_schedule         = null
    collect_garbage_schedule = null
  }

  assert {
    condition     = length(aws_scheduler_schedule.this) + length(aws_iam_role.schedules) + length(aws_iam_role_policy.schedules) + length(aws_scheduler_schedule_group.this) == 0
    error_message = "Something is left of the schedules."
  }
}

run "alarms_tell_the_topics" {
  command = plan

  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-central-1:123456789012:on-call"]
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 21 && alltrue([for a in values(aws_cloudwatch_metric_alarm.this) : a.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:on-call"]) && a.treat_missing_data == "notBreaching"])
    error_message = "The alarms (variables.tf says how many)."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["ingest-duration"].threshold == 270000 && aws_cloudwatch_metric_alarm.this["schedules-dead-letters"].dimensions["QueueName"] == "quiver-schedules-dead"
    error_message = "A threshold or a dimension."
  }
}

run "alarms_and_dashboard_can_be_left_out" {
  command = plan

  variables {
    alarms    = false
    dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) + length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Something that costs was not asked for."
  }
}

run "the_dashboard_shows_this_deployment" {
  command = apply

  variables {
    name = "search"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) > 10 && !strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "$${") && !strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "quiver-")
    error_message = "Something of another deployment, or a placeholder that is not filled."
  }
  assert {
    condition = alltrue(flatten([for w in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : [for m in w.properties.metrics :
      contains([for f in keys(output.functions) : output.functions[f].name], m[3]) if m[0] == "Quiver" || m[0] == "AWS/Lambda"
    ]]))
    error_message = "A metric of a function that does not exist."
  }
}
