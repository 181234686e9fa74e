# No door is open unless somebody checks keys behind it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  api_package    = "./tests/package.zip"
  events_package = "./tests/package.zip"
}

run "iam_by_default_and_nothing_public" {
  command = plan

  assert {
    condition     = length(aws_apigatewayv2_route.this) == 5 && alltrue([for r in values(aws_apigatewayv2_route.this) : r.authorization_type == "AWS_IAM"])
    error_message = "A route without AWS_IAM."
  }
  assert {
    condition     = alltrue([for r in ["POST /{operation+}", "GET /v1/{models+}", "ANY /mcp"] : contains(keys(aws_apigatewayv2_route.this), r)])
    error_message = "The operations, or the doors for clients of OpenAI's API and of MCP, have no route."
  }
  assert {
    condition     = length(aws_lambda_function_url.api) + length(aws_lambda_permission.public_url) + length(aws_lambda_permission.public_url_invoke) == 0
    error_message = "A function URL that nobody asked for."
  }
  assert {
    condition     = aws_lambda_permission.http_api.principal == "apigateway.amazonaws.com" && aws_lambda_permission.http_api.qualifier == "live"
    error_message = "Others than API Gateway, or not by the alias."
  }
  assert {
    condition     = length(aws_apigatewayv2_api.http.cors_configuration) == 0
    error_message = "CORS is on."
  }
  assert {
    condition     = aws_apigatewayv2_integration.api.payload_format_version == "2.0" && aws_apigatewayv2_integration.api.timeout_milliseconds == 30000
    error_message = "The integration."
  }
  assert {
    condition     = aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 100 && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_burst_limit == 200
    error_message = "No throttling."
  }
  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_AUTH_MODE"] == "none" && !contains(keys(aws_lambda_function.this["api"].environment[0].variables), "QUIVER_AUTH_KEYS")
    error_message = "The function would ask for keys."
  }
}

run "access_logs_have_no_secrets" {
  command = apply

  assert {
    condition     = length([for v in values(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format)) : v if strcontains(lower(v), "header") || strcontains(lower(v), "body")]) == 0
    error_message = "Headers or bodies in the log."
  }
  assert {
    condition     = output.example_request == "curl -s --aws-sigv4 aws:amz:eu-central-1:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" $${AWS_SESSION_TOKEN:+-Hx-amz-security-token:$AWS_SESSION_TOKEN} -H 'Content-Type: application/json' -d '{}' https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/collections/list"
    error_message = "The example request."
  }
  assert {
    condition     = [for s in jsondecode(output.caller_policy).Statement : s.Action] == ["execute-api:Invoke"] && jsondecode(output.caller_policy).Statement[0].Resource == "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/*/*"
    error_message = "The callers' policy."
  }
}

run "jwt" {
  command = plan

  variables {
    auth         = "jwt"
    jwt_issuer   = "https://login.example.com"
    jwt_audience = ["quiver"]
    jwt_scopes   = ["quiver/use"]
  }

  assert {
    condition     = alltrue([for r in values(aws_apigatewayv2_route.this) : r.authorization_type == "JWT" && r.authorization_scopes == toset(["quiver/use"])])
    error_message = "A route without JWT or without the scope."
  }
  assert {
    condition     = aws_apigatewayv2_authorizer.jwt[0].authorizer_type == "JWT" && aws_apigatewayv2_authorizer.jwt[0].jwt_configuration[0].issuer == "https://login.example.com" && aws_apigatewayv2_authorizer.jwt[0].jwt_configuration[0].audience == toset(["quiver"])
    error_message = "The authorizer."
  }
  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_AUTH_MODE"] == "none"
    error_message = "API Gateway has checked the token."
  }
}

run "keys_with_a_public_url" {
  command = plan

  variables {
    auth         = "keys"
    function_url = "public"
  }

  assert {
    condition     = aws_lambda_function.this["api"].environment[0].variables["QUIVER_AUTH_MODE"] == "keys" && aws_lambda_function.this["api"].environment[0].variables["QUIVER_AUTH_KEYS"] == "s3://quiver-123456789012-eu-central-1/keys.json"
    error_message = "The function would not check keys, and the doors are open."
  }
  assert {
    condition     = alltrue([for r in values(aws_apigatewayv2_route.this) : r.authorization_type == "NONE"])
    error_message = "Keys would not reach the function."
  }
  assert {
    condition     = aws_lambda_function_url.api[0].authorization_type == "NONE" && aws_lambda_function_url.api[0].qualifier == "live"
    error_message = "The URL."
  }
  assert {
    condition     = aws_lambda_permission.public_url[0].function_url_auth_type == "NONE" && aws_lambda_permission.public_url_invoke[0].invoked_via_function_url
    error_message = "The two permissions, by way of the URL only."
  }
}

run "a_url_for_iam_is_not_public" {
  command = apply

  variables {
    function_url = "iam"
  }

  assert {
    condition     = aws_lambda_function_url.api[0].authorization_type == "AWS_IAM" && length(aws_lambda_permission.public_url) + length(aws_lambda_permission.public_url_invoke) == 0
    error_message = "The URL is public."
  }
  assert {
    condition     = [for s in jsondecode(output.caller_policy).Statement : s.Action] == ["execute-api:Invoke", "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    error_message = "Callers of the URL need all three."
  }
}

run "cors_for_named_pages" {
  command = plan

  variables {
    cors_origins = ["https://search.example.com"]
  }

  assert {
    condition     = aws_apigatewayv2_api.http.cors_configuration[0].allow_origins == toset(["https://search.example.com"]) && aws_apigatewayv2_api.http.cors_configuration[0].allow_methods == toset(["POST"])
    error_message = "CORS."
  }
}

run "an_own_domain" {
  command = plan

  variables {
    domain_name              = "quiver.example.com"
    domain_certificate_arn   = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
    disable_default_endpoint = true
  }

  assert {
    condition     = aws_apigatewayv2_api.http.disable_execute_api_endpoint && one(aws_apigatewayv2_domain_name.this[0].domain_name_configuration).security_policy == "TLS_1_2" && output.endpoint == "https://quiver.example.com"
    error_message = "The domain."
  }
}
