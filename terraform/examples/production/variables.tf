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

variable "pinned_versions" {
  description = "Roll back: function to published version."
  type        = map(string)
  default     = {}
}

variable "jwt_issuer" {
  description = "The identity provider."
  type        = string
}

variable "jwt_audience" {
  description = "Audiences of accepted tokens."
  type        = list(string)
}

variable "alarm_mail" {
  description = "Who gets the alarms. AWS asks this address for confirmation."
  type        = string
}

variable "domain_name" {
  description = "An own domain name, or none."
  type        = string
  default     = null
}

variable "domain_certificate_arn" {
  description = "Its certificate (ACM, same region)."
  type        = string
  default     = null
}

variable "domain_zone_id" {
  description = "Its Route 53 zone."
  type        = string
  default     = null
}

variable "chat_model_name" {
  description = "The model of Bedrock that writes answers."
  type        = string
  default     = "amazon.nova-lite-v1:0"
}

variable "chat_model_arns" {
  description = "Its ARN; of an inference profile also those of the models behind it."
  type        = list(string)
}
