# The dashboard is kept as JSON under infra/, where it can also be used without Terraform.

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = templatefile("${path.module}/../infra/dashboard/dashboard.json", {
    name      = var.name
    namespace = var.metrics_namespace
    region    = local.region
    api_id    = aws_apigatewayv2_api.http.id
  })
}
