# The least that works: packages from this repository, callers with AWS credentials, nothing that costs while nobody asks.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "region" {
  description = "Where to deploy."
  type        = string
  default     = "eu-central-1"
}

variable "api_package" {
  description = "The zip of the API function, if it is not where the build puts it."
  type        = string
  default     = null
}

variable "events_package" {
  description = "The zip of the other functions, if it is not where the build puts it."
  type        = string
  default     = null
}

provider "aws" {
  region = var.region
}

module "quiver" {
  source = "../.."

  api_package    = var.api_package
  events_package = var.events_package

  # A trial: `terraform destroy` takes the data with it.
  force_destroy = true

  # More than ten alarms cost; a trial needs none.
  alarms = false
}

output "endpoint" {
  value = module.quiver.endpoint
}

output "example_request" {
  value = module.quiver.example_request
}

output "bucket" {
  value = module.quiver.bucket
}

output "documents_uri" {
  value = module.quiver.documents_uri
}

output "caller_policy" {
  value = module.quiver.caller_policy
}

output "functions" {
  value = module.quiver.functions
}
