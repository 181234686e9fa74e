# The two jobs that keep collections small: folding the log, and deleting what nothing refers to.

locals {
  schedules = { for f, expression in {
    compact         = var.compact_schedule
    collect-garbage = var.collect_garbage_schedule
  } : f => expression if expression != null }
}

resource "aws_scheduler_schedule_group" "this" {
  count = length(local.schedules) > 0 ? 1 : 0

  name = var.name
  tags = local.tags
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                         = "${var.name}-${each.key}"
  description                  = "Quiver: ${each.key} of all collections"
  group_name                   = aws_scheduler_schedule_group.this[0].name
  schedule_expression          = each.value
  schedule_expression_timezone = var.schedule_timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_alias.live[each.key].arn
    role_arn = aws_iam_role.schedules[0].arn
    input    = jsonencode({})

    # Of the call only; what the function does with it is below. The next one comes soon anyway.
    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 900
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead["schedules"].arn
    }
  }

  depends_on = [aws_iam_role_policy.schedules]
}

resource "aws_lambda_function_event_invoke_config" "scheduled" {
  for_each = toset(["compact", "collect-garbage"])

  function_name                = aws_lambda_alias.live[each.key].function_name
  qualifier                    = aws_lambda_alias.live[each.key].name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead["schedules"].arn
    }
  }

  depends_on = [aws_iam_role_policy.function]
}
