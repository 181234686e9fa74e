# All inputs. Flat on purpose: Terraform refuses a variable that does not exist, but drops a misspelt attribute of an
# object in silence. README.md's tables are made from this file by docs.py.

# ---- Names ----------------------------------------------------------------------------------------------------------

variable "name" {
  description = "What the names of all resources begin with. Two deployments in one account and region need two names."
  type        = string
  default     = "quiver"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name))
    error_message = "name: 2 to 24 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen (the names of buckets and roles are built from it)."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for all roles, where the account demands one."
  type        = string
  default     = null
}

# ---- Packages and functions -----------------------------------------------------------------------------------------

variable "api_package" {
  description = "The zip of the API function. Default: `functions/lambda-api/target/function.zip` of the repository that this module lies in."
  type        = string
  default     = null
}

variable "events_package" {
  description = "The zip of the functions `ingest`, `upsert`, `compact` and `collect-garbage`. Default: `functions/events/target/function.zip` of the repository that this module lies in."
  type        = string
  default     = null
}

variable "package_kind" {
  description = "How both packages were built: `native` (provided.al2023) or `jvm` (java25)."
  type        = string
  default     = "native"
  nullable    = false

  validation {
    condition     = contains(["native", "jvm"], var.package_kind)
    error_message = "package_kind: native or jvm."
  }
}

variable "architecture" {
  description = "What the packages were built for: `x86_64` or `arm64`. Both kinds of package contain machine code, so it must be the one they were built on."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture: x86_64 or arm64."
  }
}

variable "snap_start" {
  description = "SnapStart for the API function of package kind `jvm`. The others run in the background, where a cold start costs nobody time, and need more than the 512 MB of /tmp that SnapStart allows."
  type        = bool
  default     = true
  nullable    = false
}

variable "memory_mb" {
  description = "Memory by function. CPU grows with it: 1,769 MB are one vCPU. Defaults: api, ingest, upsert 1769, compact 3008, collect-garbage 512. New accounts may have a maximum of 3,008."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for f in keys(var.memory_mb) : contains(local.function_names, f)])
    error_message = "memory_mb: the keys are api, ingest, upsert, compact and collect-garbage."
  }
  validation {
    condition     = alltrue([for m in values(var.memory_mb) : m >= 128 && m <= 10240 && floor(m) == m])
    error_message = "memory_mb: whole numbers from 128 to 10240, as AWS Lambda has it."
  }
}

variable "timeout_seconds" {
  description = "Timeout by function. Defaults: api 30, ingest 300, upsert 60, compact and collect-garbage 900. The HTTP API itself waits 30 s at most; a function URL waits as long as the function may run."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for f in keys(var.timeout_seconds) : contains(local.function_names, f)])
    error_message = "timeout_seconds: the keys are api, ingest, upsert, compact and collect-garbage."
  }
  validation {
    condition     = alltrue([for t in values(var.timeout_seconds) : t >= 1 && t <= 900 && floor(t) == t])
    error_message = "timeout_seconds: whole numbers from 1 to 900, as AWS Lambda has it."
  }
}

variable "ephemeral_storage_mb" {
  description = "Size of /tmp by function; segments that do not fit into memory are paged from there. Defaults: api, upsert, collect-garbage 512, ingest 1024, compact 4096."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for f in keys(var.ephemeral_storage_mb) : contains(local.function_names, f)])
    error_message = "ephemeral_storage_mb: the keys are api, ingest, upsert, compact and collect-garbage."
  }
  validation {
    condition     = alltrue([for s in values(var.ephemeral_storage_mb) : s >= 512 && s <= 10240 && floor(s) == s])
    error_message = "ephemeral_storage_mb: whole numbers from 512 to 10240, as AWS Lambda has it."
  }
  validation {
    condition     = !(var.package_kind == "jvm" && var.snap_start) || lookup(var.ephemeral_storage_mb, "api", 512) == 512
    error_message = "ephemeral_storage_mb: SnapStart allows the api function 512 MB. Leave it at that, or set snap_start = false."
  }
}

variable "reserved_concurrency" {
  description = "Reserved concurrency by function: kept free for it, and its maximum. 0 stops a function. Absent or -1: the account's common pool. New accounts have 10 in all and can reserve none."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for f in keys(var.reserved_concurrency) : contains(local.function_names, f)])
    error_message = "reserved_concurrency: the keys are api, ingest, upsert, compact and collect-garbage."
  }
  validation {
    condition     = alltrue([for c in values(var.reserved_concurrency) : c >= -1 && floor(c) == c])
    error_message = "reserved_concurrency: whole numbers from 0, or -1 for none."
  }
}

variable "provisioned_concurrency" {
  description = "Environments of the API function that are kept warm. Billed by the hour, used or not; 0: none."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.provisioned_concurrency >= 0 && floor(var.provisioned_concurrency) == var.provisioned_concurrency
    error_message = "provisioned_concurrency: a whole number from 0."
  }
  validation {
    condition     = var.provisioned_concurrency == 0 || !(var.package_kind == "jvm" && var.snap_start)
    error_message = "provisioned_concurrency: AWS Lambda does not combine it with SnapStart. Set snap_start = false."
  }
  validation {
    condition     = lookup(var.reserved_concurrency, "api", -1) == -1 || var.provisioned_concurrency <= lookup(var.reserved_concurrency, "api", -1)
    error_message = "provisioned_concurrency: not more than reserved_concurrency of api."
  }
}

variable "pinned_versions" {
  description = "Roll back: the published version that a function's alias `live` points to, by function. Absent: the newest."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for f in keys(var.pinned_versions) : contains(local.function_names, f)])
    error_message = "pinned_versions: the keys are api, ingest, upsert, compact and collect-garbage."
  }
  validation {
    condition     = alltrue([for v in values(var.pinned_versions) : can(regex("^[1-9][0-9]*$", v))])
    error_message = "pinned_versions: the number of a published version, such as \"7\" ($LATEST is not one)."
  }
}

variable "vpc_subnet_ids" {
  description = "Subnets, if the functions are to run in a VPC. The subnets need a way to S3 (a gateway endpoint, which is free) and, if used, to Bedrock, SQS and X-Ray (interface endpoints or a NAT)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = (length(var.vpc_subnet_ids) == 0) == (length(var.vpc_security_group_ids) == 0)
    error_message = "vpc_subnet_ids and vpc_security_group_ids: both or neither."
  }
}

variable "vpc_security_group_ids" {
  description = "Security groups of the functions in the VPC. Nothing needs to come in; HTTPS must go out."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "environment" {
  description = "More environment variables for all functions, such as `QUIVER_RAG_TOP_K` (docs/configuration.md). Not for what this module sets itself."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for k in keys(var.environment) : !contains(local.own_environment, k)])
    error_message = "environment: one of these is set by the module (${join(", ", local.own_environment)}); use the variable for it."
  }
  validation {
    condition     = alltrue([for k in keys(var.environment) : can(regex("^[A-Za-z][A-Za-z0-9_]*$", k)) && !startswith(k, "AWS_") && !startswith(k, "LAMBDA_")])
    error_message = "environment: letters, digits and _, beginning with a letter; AWS_ and LAMBDA_ are reserved by AWS Lambda."
  }
}

# ---- Logs and traces ------------------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "How long CloudWatch keeps the logs of functions and API; 0: for ever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: CloudWatch accepts 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653."
  }
}

variable "log_level" {
  description = "`INFO`, `DEBUG` or `TRACE`. Not less than INFO: AWS Lambda takes lines without a level, which the metrics are, for INFO and would drop them."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["INFO", "DEBUG", "TRACE"], var.log_level)
    error_message = "log_level: INFO, DEBUG or TRACE. Anything above INFO would drop the metrics, which are log lines without a level."
  }
}

variable "tracing" {
  description = "X-Ray traces of the functions (mode Active)."
  type        = bool
  default     = false
  nullable    = false
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the metrics that the functions write into their logs (EMF)."
  type        = string
  default     = "Quiver"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace: 1 to 255 of letters, digits and . _ / # -, not beginning with AWS/."
  }
}

# ---- Bucket and encryption ------------------------------------------------------------------------------------------

variable "create_bucket" {
  description = "false: `bucket_name` is a bucket that exists, in the same region. The module then puts only its packages and, if `manage_bucket_notifications` says so, its notifications there; policy, encryption, versioning and lifecycle stay yours."
  type        = bool
  default     = true
  nullable    = false
}

variable "bucket_name" {
  description = "Name of the bucket. Default: `<name>-<account>-<region>`."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name: 3 to 63 lower-case letters, digits and hyphens. No dots: TLS certificates do not cover them."
  }
  validation {
    condition     = var.create_bucket || var.bucket_name != null
    error_message = "bucket_name: with create_bucket = false it must name the bucket that exists."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes a bucket that is not empty, with all collections and documents. false: it stops at the bucket and the data stays."
  type        = bool
  default     = false
  nullable    = false
}

variable "bucket_versioning" {
  description = "Keep overwritten and deleted objects for `noncurrent_version_days`. Collections have their own earlier states (`retention`); this guards against deletion by hand, and costs storage for all that collect-garbage removes."
  type        = bool
  default     = false
  nullable    = false
}

variable "noncurrent_version_days" {
  description = "With `bucket_versioning`: after how many days an overwritten or deleted object is gone for good."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.noncurrent_version_days >= 1 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days: a whole number from 1."
  }
}

variable "abort_uploads_after_days" {
  description = "After how many days the parts of an upload that was never completed are deleted. They cannot be seen in listings, but are billed."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.abort_uploads_after_days >= 1 && floor(var.abort_uploads_after_days) == var.abort_uploads_after_days
    error_message = "abort_uploads_after_days: a whole number from 1."
  }
}

variable "express_zone_id" {
  description = "The id of an availability zone (such as `use1-az4`): the collections lie in an S3 Express One Zone directory bucket there; documents, packages and API keys stay in the other bucket. Not proven, see below."
  type        = string
  default     = null

  validation {
    condition     = var.express_zone_id == null || can(regex("^[a-z0-9]+-az[0-9]+$", var.express_zone_id))
    error_message = "express_zone_id: the id of a zone such as use1-az4, not its name such as us-east-1a."
  }
  validation {
    condition     = var.express_zone_id == null || var.encryption == "s3"
    error_message = "express_zone_id: this module does not set SSE-KMS for directory buckets. Use encryption = \"s3\"."
  }
}

variable "encryption" {
  description = "`s3`: keys managed by S3 and SQS, at no cost. `own-key`: a KMS key made by this module for bucket, queues and environment variables. `given-key`: the same with `kms_key_arn`."
  type        = string
  default     = "s3"
  nullable    = false

  validation {
    condition     = contains(["s3", "own-key", "given-key"], var.encryption)
    error_message = "encryption: s3, own-key or given-key."
  }
  validation {
    condition     = (var.encryption == "given-key") == (var.kms_key_arn != null)
    error_message = "encryption: given-key needs kms_key_arn, and the others do not take one."
  }
}

variable "kms_key_arn" {
  description = "The key for encryption `given-key`. Its policy must let S3 (or EventBridge) write to the encrypted queue, and CloudWatch Logs use it if `encrypt_logs`; `encryption.tf` shows the statements."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn: the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias."
  }
}

variable "kms_deletion_days" {
  description = "How long after `terraform destroy` the module's own key can still be brought back. Without it what was encrypted with it is lost."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_days >= 7 && var.kms_deletion_days <= 30 && floor(var.kms_deletion_days) == var.kms_deletion_days
    error_message = "kms_deletion_days: a whole number from 7 to 30, as AWS KMS has it."
  }
}

variable "encrypt_logs" {
  description = "Encrypt the log groups with the KMS key too."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.encrypt_logs || var.encryption != "s3"
    error_message = "encrypt_logs: needs a KMS key; set encryption to own-key or given-key."
  }
}

# ---- How requests come in -------------------------------------------------------------------------------------------

variable "auth" {
  description = "Who may call the HTTP API: `iam` (AWS credentials, SigV4), `jwt` (tokens of `jwt_issuer`), `keys` (everyone reaches the function, which checks API keys itself)."
  type        = string
  default     = "iam"
  nullable    = false

  validation {
    condition     = contains(["iam", "jwt", "keys"], var.auth)
    error_message = "auth: iam, jwt or keys. There is no mode without authorisation."
  }
}

variable "jwt_issuer" {
  description = "With auth `jwt`: the issuer's URL; its keys are found at `/.well-known/openid-configuration` below."
  type        = string
  default     = null

  validation {
    condition     = var.jwt_issuer == null || can(regex("^https://[^ ]+$", var.jwt_issuer))
    error_message = "jwt_issuer: a URL that begins with https://."
  }
  validation {
    condition     = (var.auth == "jwt") == (var.jwt_issuer != null)
    error_message = "jwt_issuer: needed with auth = \"jwt\", and only then."
  }
}

variable "jwt_audience" {
  description = "With auth `jwt`: the audiences (`aud`, or `client_id`) that are accepted."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = (var.auth == "jwt") == (length(var.jwt_audience) > 0)
    error_message = "jwt_audience: at least one with auth = \"jwt\" (otherwise any token of the issuer would do), and only then."
  }
}

variable "jwt_scopes" {
  description = "With auth `jwt`: a token must have at least one of these scopes. Empty: scopes do not matter."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.auth == "jwt" || length(var.jwt_scopes) == 0
    error_message = "jwt_scopes: only with auth = \"jwt\"."
  }
}

variable "api_keys_object" {
  description = "With auth `keys`: the object of the bucket that holds the hashed API keys. Terraform does not make it."
  type        = string
  default     = "keys.json"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.api_keys_object)) && !can(regex("^(collections|documents|packages)(/|$)", var.api_keys_object))
    error_message = "api_keys_object: a key of letters, digits and . _ - /, and not below collections/, documents/ or packages/, where functions and uploaders write."
  }
}

variable "function_url" {
  description = "A function URL for the API function beside the HTTP API: `off`, `iam` (AWS credentials) or `public` (only with auth `keys`). It waits longer than 30 s, and has neither throttling nor access logs."
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "iam", "public"], var.function_url)
    error_message = "function_url: off, iam or public."
  }
  validation {
    condition     = var.function_url != "public" || var.auth == "keys"
    error_message = "function_url: public (AuthType NONE) needs auth = \"keys\", or everyone could read and delete everything."
  }
}

variable "throttle_rate" {
  description = "Requests a second that the HTTP API lets through on average; more get a 429."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.throttle_rate > 0 && var.throttle_rate <= 10000
    error_message = "throttle_rate: above 0, to 10000 (the usual quota of an account)."
  }
}

variable "throttle_burst" {
  description = "Requests that the HTTP API lets through at once."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = var.throttle_burst >= 1 && var.throttle_burst <= 5000 && floor(var.throttle_burst) == var.throttle_burst
    error_message = "throttle_burst: a whole number from 1 to 5000 (the usual quota of an account)."
  }
}

variable "access_logs" {
  description = "Access logs of the HTTP API: who, what, status, time. No bodies, no headers."
  type        = bool
  default     = true
  nullable    = false
}

variable "cors_origins" {
  description = "Web pages that may call the API from a browser, such as `https://search.example.com`. Empty: CORS is off."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for o in var.cors_origins : can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", o))])
    error_message = "cors_origins: origins such as https://search.example.com (no path, no slash at the end), or *."
  }
}

variable "domain_name" {
  description = "A domain name of yours for the HTTP API."
  type        = string
  default     = null

  validation {
    condition     = (var.domain_name == null) == (var.domain_certificate_arn == null)
    error_message = "domain_name and domain_certificate_arn: both or neither."
  }
}

variable "domain_certificate_arn" {
  description = "The certificate (ACM, same region) for `domain_name`."
  type        = string
  default     = null

  validation {
    condition     = var.domain_certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:", var.domain_certificate_arn))
    error_message = "domain_certificate_arn: the ARN of an ACM certificate."
  }
}

variable "domain_zone_id" {
  description = "The Route 53 zone for `domain_name`. Absent: make the DNS record yourself, to the output `domain_target`."
  type        = string
  default     = null

  validation {
    condition     = var.domain_zone_id == null || var.domain_name != null
    error_message = "domain_zone_id: only with domain_name."
  }
}

variable "disable_default_endpoint" {
  description = "Answer only at `domain_name`, not at the execute-api address."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.disable_default_endpoint || var.domain_name != null
    error_message = "disable_default_endpoint: only with domain_name, or the API could not be reached at all."
  }
}

# ---- Events ---------------------------------------------------------------------------------------------------------

variable "document_events" {
  description = "How the bucket tells of new documents: `sqs` (straight to the queue) or `eventbridge` (through the default bus, where others can listen too)."
  type        = string
  default     = "sqs"
  nullable    = false

  validation {
    condition     = contains(["sqs", "eventbridge"], var.document_events)
    error_message = "document_events: sqs or eventbridge."
  }
}

variable "manage_bucket_notifications" {
  description = "Whether the module sets the bucket's notifications. It replaces ALL that are there: a bucket has one such configuration. Default: yes for a bucket that the module makes, no for one that exists."
  type        = bool
  default     = null

  validation {
    condition     = coalesce(var.manage_bucket_notifications, var.create_bucket) || var.document_events == "eventbridge"
    error_message = "manage_bucket_notifications: without it nothing would tell the queue of new documents. For a bucket that exists use document_events = \"eventbridge\" (and turn EventBridge on for that bucket), or set this to true if it has no other notifications."
  }
}

variable "queue_batch_size" {
  description = "Messages that a function gets at once, by queue. Defaults: ingest 10, upsert 100."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for q in keys(var.queue_batch_size) : contains(["ingest", "upsert"], q)])
    error_message = "queue_batch_size: the keys are ingest and upsert."
  }
  validation {
    condition     = alltrue([for n in values(var.queue_batch_size) : n >= 1 && n <= 10000 && floor(n) == n])
    error_message = "queue_batch_size: whole numbers from 1 to 10000, as SQS has it."
  }
}

variable "queue_batching_seconds" {
  description = "How long messages may wait for others, by queue: one batch is one commit. Defaults: ingest 5, upsert 5."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for q in keys(var.queue_batching_seconds) : contains(["ingest", "upsert"], q)])
    error_message = "queue_batching_seconds: the keys are ingest and upsert."
  }
  validation {
    condition     = alltrue([for n in values(var.queue_batching_seconds) : n >= 0 && n <= 300 && floor(n) == n])
    error_message = "queue_batching_seconds: whole numbers from 0 to 300, as AWS Lambda has it."
  }
  validation {
    condition     = alltrue([for q in ["ingest", "upsert"] : lookup(var.queue_batching_seconds, q, 5) >= 1 || lookup(var.queue_batch_size, q, { ingest = 10, upsert = 100 }[q]) <= 10])
    error_message = "queue_batching_seconds: a batch of more than 10 messages needs at least 1 second, as AWS Lambda has it."
  }
}

variable "queue_concurrency" {
  description = "How many copies of a function work on a queue at most, by queue: more writers of one collection only wait for each other. Defaults: ingest 4, upsert 4."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for q in keys(var.queue_concurrency) : contains(["ingest", "upsert"], q)])
    error_message = "queue_concurrency: the keys are ingest and upsert."
  }
  validation {
    condition     = alltrue([for n in values(var.queue_concurrency) : n >= 2 && n <= 1000 && floor(n) == n])
    error_message = "queue_concurrency: whole numbers from 2 to 1000, as AWS Lambda has it."
  }
  validation {
    condition     = alltrue([for q in ["ingest", "upsert"] : lookup(var.reserved_concurrency, q, -1) <= 0 || lookup(var.reserved_concurrency, q, -1) >= lookup(var.queue_concurrency, q, 4)])
    error_message = "queue_concurrency: not more than reserved_concurrency of that function, or messages are throttled into the dead-letter queue."
  }
}

variable "max_receives" {
  description = "How often a message is tried before it goes to the dead-letter queue."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.max_receives >= 1 && var.max_receives <= 1000 && floor(var.max_receives) == var.max_receives
    error_message = "max_receives: a whole number from 1 to 1000, as SQS has it."
  }
}

variable "compact_schedule" {
  description = "When logs are folded into segments: an EventBridge Scheduler expression. Nothing else does it on Lambda, where no function runs in the background. null: never."
  type        = string
  default     = "rate(15 minutes)"

  validation {
    condition     = var.compact_schedule == null || can(regex("^(rate|cron)\\(.+\\)$", var.compact_schedule))
    error_message = "compact_schedule: rate(...) or cron(...)."
  }
}

variable "collect_garbage_schedule" {
  description = "When objects that nothing refers to are deleted: an EventBridge Scheduler expression. null: never."
  type        = string
  default     = "rate(6 hours)"

  validation {
    condition     = var.collect_garbage_schedule == null || can(regex("^(rate|cron)\\(.+\\)$", var.collect_garbage_schedule))
    error_message = "collect_garbage_schedule: rate(...) or cron(...)."
  }
}

variable "schedule_timezone" {
  description = "The time zone of `cron(...)`."
  type        = string
  default     = "UTC"
  nullable    = false
}

# ---- What Quiver does -----------------------------------------------------------------------------------------------

variable "embedding_model" {
  description = "The model of collections that name none. `all-minilm-l6-v2` and `bge-small-en-v1.5` run inside the functions."
  type        = string
  default     = "all-minilm-l6-v2"
  nullable    = false
}

variable "chat_provider" {
  description = "Who writes the answers of `rag`: `none` (quotations), `openai` (any server with that API), `ollama` or `bedrock`."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["none", "openai", "ollama", "bedrock"], var.chat_provider)
    error_message = "chat_provider: none, openai, ollama or bedrock."
  }
  validation {
    condition     = var.chat_provider == "none" || var.chat_model_name != null
    error_message = "chat_provider: set chat_model_name too."
  }
  validation {
    condition     = var.chat_provider != "bedrock" || length(var.bedrock_chat_model_arns) > 0
    error_message = "chat_provider: bedrock needs bedrock_chat_model_arns, the models that the API function may call."
  }
  validation {
    condition     = var.chat_provider != "ollama" || var.chat_base_url != null
    error_message = "chat_provider: ollama needs chat_base_url; there is none inside a function."
  }
}

variable "chat_model_name" {
  description = "The language model, as its provider names it."
  type        = string
  default     = null
}

variable "chat_base_url" {
  description = "The provider's address, if not its usual one."
  type        = string
  default     = null

  validation {
    condition     = var.chat_base_url == null || can(regex("^https?://[^ ]+$", var.chat_base_url))
    error_message = "chat_base_url: a URL that begins with https:// or http://."
  }
}

variable "chat_api_key" {
  description = "The provider's key. It lies in Terraform's state and in the function's environment, encrypted at rest in both if the state is; Bedrock needs none."
  type        = string
  default     = null
  sensitive   = true
}

variable "bedrock_chat_model_arns" {
  description = "Bedrock models (and inference profiles) that the API function may call for answers."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.bedrock_chat_model_arns : can(regex("^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:[a-z-]+/[^*?]+$", a))])
    error_message = "bedrock_chat_model_arns: whole ARNs such as arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0, without * in the model's name."
  }
}

variable "bedrock_embedding_model_arns" {
  description = "Bedrock models that the functions `api`, `ingest` and `upsert` may call for embeddings. How a model gets its name: docs/configuration.md, and `environment`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.bedrock_embedding_model_arns : can(regex("^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:[a-z-]+/[^*?]+$", a))])
    error_message = "bedrock_embedding_model_arns: whole ARNs such as arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0, without * in the model's name."
  }
}

variable "log_fold_records" {
  description = "A collection's log is folded into a segment when it holds so many records."
  type        = number
  default     = 4096
  nullable    = false

  validation {
    condition     = var.log_fold_records >= 1 && floor(var.log_fold_records) == var.log_fold_records
    error_message = "log_fold_records: a whole number from 1."
  }
}

variable "log_grace" {
  description = "How long objects stay that nothing refers to (ISO 8601). Longer than any request or function runs."
  type        = string
  default     = "PT1H"
  nullable    = false

  validation {
    condition     = can(regex("^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$", var.log_grace)) && can(regex("[1-9]", var.log_grace)) && !endswith(var.log_grace, "T")
    error_message = "log_grace: a duration in ISO 8601 such as PT1H or P1DT12H, not zero."
  }
}

variable "index_memory_mib" {
  description = "Segments that the API function holds in memory, in MiB. Default: what the code derives from the function's memory."
  type        = number
  default     = null

  validation {
    condition     = var.index_memory_mib == null ? true : var.index_memory_mib >= 1 && var.index_memory_mib < lookup(var.memory_mb, "api", 1769)
    error_message = "index_memory_mib: at least 1, and less than memory_mb of api."
  }
}

variable "preload" {
  description = "Collections that the API function begins to read as it starts, before the first request: most useful with provisioned concurrency."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for c in var.preload : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", c))])
    error_message = "preload: names of collections, of 1 to 63 lower-case letters, digits, - and _, starting with a letter or digit."
  }
}

variable "otlp_endpoint" {
  description = "Where the API function sends spans of OpenTelemetry (OTLP over gRPC), such as `http://localhost:4317` of a collector's layer. Default: none are made."
  type        = string
  default     = null

  validation {
    condition     = var.otlp_endpoint == null ? true : can(regex("^https?://[^/]+", var.otlp_endpoint))
    error_message = "otlp_endpoint: an http:// or https:// address."
  }
}

variable "ingest_collection" {
  description = "One collection for all documents. Default: `documents/<collection>/<path>` goes into `<collection>`."
  type        = string
  default     = null
}

variable "ingest_max_mib" {
  description = "Documents that are larger are refused."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.ingest_max_mib >= 1 && floor(var.ingest_max_mib) == var.ingest_max_mib
    error_message = "ingest_max_mib: a whole number from 1."
  }
}

# ---- Watching -------------------------------------------------------------------------------------------------------

variable "alarms" {
  description = "CloudWatch alarms (21 of them; AWS gives ten for nothing)."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told when an alarm begins and ends. Empty: alarms only show."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.alarm_topic_arns : can(regex("^arn:aws[a-z-]*:sns:", a))])
    error_message = "alarm_topic_arns: ARNs of SNS topics."
  }
  validation {
    condition     = var.alarms || length(var.alarm_topic_arns) == 0
    error_message = "alarm_topic_arns: needs alarms = true."
  }
}

variable "queue_age_alarm_seconds" {
  description = "Alarm when the oldest message of a queue has waited longer."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.queue_age_alarm_seconds >= 60
    error_message = "queue_age_alarm_seconds: at least 60."
  }
}

variable "dashboard" {
  description = "A CloudWatch dashboard (AWS gives three for nothing)."
  type        = bool
  default     = true
  nullable    = false
}
