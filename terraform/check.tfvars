# Everything at once that can be, for terraform/check: the plan then shows every kind of policy.
api_package    = "./tests/package.zip"
events_package = "./tests/package.zip"

encryption             = "own-key"
encrypt_logs           = true
bucket_versioning      = true
document_events        = "eventbridge"
auth                   = "keys"
function_url           = "public"
tracing                = true
vpc_subnet_ids         = ["subnet-1", "subnet-2"]
vpc_security_group_ids = ["sg-1"]

domain_name            = "quiver.example.com"
domain_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
domain_zone_id         = "Z0000000000000"

chat_provider                = "bedrock"
chat_model_name              = "amazon.nova-lite-v1:0"
bedrock_chat_model_arns      = ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]
bedrock_embedding_model_arns = ["arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"]

alarm_topic_arns        = ["arn:aws:sns:us-east-1:123456789012:on-call"]
provisioned_concurrency = 1
