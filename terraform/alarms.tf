# What somebody should look at. Quiet when there is no traffic: missing data is not a problem here.

locals {
  function_alarms = !var.alarms ? {} : merge([for f in local.function_names : {
    "${f}-errors" = {
      about      = "Calls of ${f} failed: ended with an error, ran out of time or of memory. Its log says why."
      namespace  = "AWS/Lambda", metric = "Errors", statistic = "Sum", period = 300, threshold = 0
      dimensions = { FunctionName = "${var.name}-${f}" }
    }
    "${f}-throttles" = {
      about      = "Calls of ${f} found no free concurrency. Raise reserved_concurrency or the account's quota."
      namespace  = "AWS/Lambda", metric = "Throttles", statistic = "Sum", period = 300, threshold = 0
      dimensions = { FunctionName = "${var.name}-${f}" }
    }
    "${f}-duration" = {
      about      = "A call of ${f} took more than nine tenths of its ${local.timeout[f]} s. Raise timeout_seconds, or memory_mb, which brings CPU."
      namespace  = "AWS/Lambda", metric = "Duration", statistic = "Maximum", period = 300, threshold = local.timeout[f] * 900
      dimensions = { FunctionName = "${var.name}-${f}" }
    }
  }]...)

  queue_alarms = !var.alarms ? {} : merge(
    { for q in local.queue_names : "${q}-queue-age" => {
      about      = "Messages of ${q} wait long: the function fails, or does not keep up (queue_concurrency)."
      namespace  = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", period = 300, threshold = var.queue_age_alarm_seconds
      dimensions = { QueueName = "${var.name}-${q}" }
    } },
    { for q in keys(local.dead_letter_arns) : "${q}-dead-letters" => {
      about      = "Something of ${q} failed for good and lies in the dead-letter queue. docs/deploy.md tells how to look at it and send it again."
      namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", period = 300, threshold = 0
      dimensions = { QueueName = "${var.name}-${q}-dead" }
    } },
  )

  api_alarms = !var.alarms ? {} : {
    "http-5xx" = {
      about      = "The HTTP API answered 5xx: the function failed, was too slow, or could not reach the bucket."
      namespace  = "AWS/ApiGateway", metric = "5xx", statistic = "Sum", period = 300, threshold = 0
      dimensions = { ApiId = aws_apigatewayv2_api.http.id }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge(local.function_alarms, local.queue_alarms, local.api_alarms)

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}
