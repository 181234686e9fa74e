# For terraform/check, where nothing is built and nobody logs in.
api_package            = "../../tests/package.zip"
events_package         = "../../tests/package.zip"
jwt_issuer             = "https://login.example.com"
jwt_audience           = ["quiver"]
alarm_mail             = "on-call@example.com"
domain_name            = "quiver.example.com"
domain_certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
domain_zone_id         = "Z0000000000000"
chat_model_arns        = ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"]
