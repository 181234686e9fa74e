# The doors: an HTTP API, and if wanted a function URL and a domain name. No door is open to everyone unless the
# function checks API keys itself.

locals {
  # Every operation is a POST; health is what load balancers and people look at, the models what clients of OpenAI's API
  # do, and a client of MCP that asks for events with GET has to be told by the function that there are none.
  routes = ["POST /{operation+}", "GET /q/health", "GET /q/health/{probe}", "GET /v1/{models+}", "ANY /mcp"]

  authorization_type = { iam = "AWS_IAM", jwt = "JWT", keys = "NONE" }[var.auth]
}

resource "aws_apigatewayv2_api" "http" {
  name                         = var.name
  description                  = "Quiver"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = var.disable_default_endpoint
  tags                         = local.tags

  dynamic "cors_configuration" {
    for_each = length(var.cors_origins) > 0 ? [true] : []
    content {
      allow_origins = var.cors_origins
      allow_methods = ["POST"]
      allow_headers = ["authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]
      max_age       = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live["api"].invoke_arn
  payload_format_version = "2.0"
  # 30 s is the most that an HTTP API waits.
  timeout_milliseconds = min(30000, local.timeout["api"] * 1000)
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  count = var.auth == "jwt" ? 1 : 0

  api_id           = aws_apigatewayv2_api.http.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt_issuer
    audience = var.jwt_audience
  }
}

resource "aws_apigatewayv2_route" "this" {
  for_each = toset(local.routes)

  api_id               = aws_apigatewayv2_api.http.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type   = local.authorization_type
  authorizer_id        = var.auth == "jwt" ? aws_apigatewayv2_authorizer.jwt[0].id : null
  authorization_scopes = var.auth == "jwt" ? var.jwt_scopes : null
}

resource "aws_cloudwatch_log_group" "access" {
  count = var.access_logs ? 1 : 0

  # Below /aws/vendedlogs the account's one policy for log delivery does not grow with each API.
  name              = "/aws/vendedlogs/${var.name}-access"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.encrypt_logs ? local.kms_key_arn : null
  tags              = local.tags
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
  tags        = local.tags

  default_route_settings {
    throttling_rate_limit  = var.throttle_rate
    throttling_burst_limit = var.throttle_burst
  }

  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.access
    content {
      destination_arn = access_log_settings.value.arn
      # No headers and no bodies: there are tokens in the one and people's texts in the other.
      format = jsonencode({
        requestId        = "$context.requestId"
        time             = "$context.requestTime"
        ip               = "$context.identity.sourceIp"
        caller           = "$context.identity.userArn"
        subject          = "$context.authorizer.claims.sub"
        method           = "$context.httpMethod"
        path             = "$context.path"
        status           = "$context.status"
        milliseconds     = "$context.responseLatency"
        functionStatus   = "$context.integrationStatus"
        functionTime     = "$context.integrationLatency"
        error            = "$context.error.message"
        authorizerError  = "$context.authorizer.error"
        integrationError = "$context.integrationErrorMessage"
      })
    }
  }
}

resource "aws_lambda_permission" "http_api" {
  statement_id  = "http-api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_alias.live["api"].function_name
  qualifier     = aws_lambda_alias.live["api"].name
  principal     = "apigateway.amazonaws.com"
  # This API, whatever stage and route; nobody else's.
  source_arn = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
}

# ---- Function URL ---------------------------------------------------------------------------------------------------

resource "aws_lambda_function_url" "api" {
  count = var.function_url == "off" ? 0 : 1

  function_name      = aws_lambda_alias.live["api"].function_name
  qualifier          = aws_lambda_alias.live["api"].name
  authorization_type = var.function_url == "iam" ? "AWS_IAM" : "NONE"
  invoke_mode        = "BUFFERED"

  dynamic "cors" {
    for_each = length(var.cors_origins) > 0 ? [true] : []
    content {
      allow_origins = var.cors_origins
      allow_methods = ["POST"]
      allow_headers = ["authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]
      max_age       = 3600
    }
  }
}

# A public URL needs both since October 2025. The function behind it checks API keys: function_url = "public" is refused
# without auth = "keys".
resource "aws_lambda_permission" "public_url" {
  count = var.function_url == "public" ? 1 : 0

  statement_id           = "public-url"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_alias.live["api"].function_name
  qualifier              = aws_lambda_alias.live["api"].name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "public_url_invoke" {
  count = var.function_url == "public" ? 1 : 0

  statement_id  = "public-url-invoke"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_alias.live["api"].function_name
  qualifier     = aws_lambda_alias.live["api"].name
  principal     = "*"
  # Only by way of the URL, not by the Invoke API.
  invoked_via_function_url = true
}

# ---- Domain name ----------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_domain_name" "this" {
  count = var.domain_name == null ? 0 : 1

  domain_name = var.domain_name
  tags        = local.tags

  domain_name_configuration {
    certificate_arn = var.domain_certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  count = var.domain_name == null ? 0 : 1

  api_id      = aws_apigatewayv2_api.http.id
  domain_name = aws_apigatewayv2_domain_name.this[0].id
  stage       = aws_apigatewayv2_stage.default.id
}

resource "aws_route53_record" "this" {
  count = var.domain_zone_id == null ? 0 : 1

  zone_id = var.domain_zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}
