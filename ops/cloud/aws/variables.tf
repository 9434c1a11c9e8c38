variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "qide"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.name))
    error_message = "The name must have 2 to 16 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "region" {
  description = "Where everything is."
  type        = string
}

variable "domain" {
  description = "The host under which people reach Q-IDE, for instance ide.example.com."
  type        = string
}

variable "zone" {
  description = "The name of the public zone of Route 53 that has the domain, for instance example.com."
  type        = string
}

variable "image" {
  description = "The image by digest: ghcr.io/OWNER/qide@sha256:…"
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest, so that every server runs the same one."
  }
}

variable "servers" {
  description = "How many servers there are; at least two, so that one may fail."
  type        = number
  default     = 2

  validation {
    condition     = var.servers >= 2 && var.servers <= 10
    error_message = "There must be 2 to 10 servers."
  }
}

variable "server_type" {
  description = "The type of a server's machine, of the architecture x86_64. Language servers need memory."
  type        = string
  default     = "m7i.large"
}

variable "server_disk_gibibytes" {
  description = "The disk of a server: the image, copies of workspaces, language servers."
  type        = number
  default     = 60
}

variable "server_files" {
  description = "Secrets that every server has as files: login (QIDE_LOGIN_FILE), models (QIDE_MODELS_FILE), and the files that these name."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.server_files : can(regex("^[a-z0-9][a-z0-9.-]*$", name))])
    error_message = "A file's name must have lower-case letters, digits, dots and hyphens, and begin with a letter or a digit."
  }

  validation {
    condition     = length(setintersection(var.server_files, ["owner-token", "key-ring", "database-url"])) == 0
    error_message = "Every server has the files owner-token, key-ring and database-url: choose another name."
  }
}

variable "database_type" {
  description = "The type of the database's machine."
  type        = string
  default     = "db.m7g.large"
}

variable "database_gibibytes" {
  description = "The storage of the database; it grows up to four times this size."
  type        = number
  default     = 50
}

variable "redis_enabled" {
  description = "Whether there is an ElastiCache. The servers use it when QIDE_REDIS_URL in server.sh.tftpl names it."
  type        = bool
  default     = false
}

variable "network" {
  description = "The addresses of the network; it is cut into /20 parts."
  type        = string
  default     = "10.40.0.0/16"
}

variable "alarm_email" {
  description = "Who gets alarms. The address has to confirm the subscription."
  type        = string
}

variable "balancer_log_days" {
  description = "Days for which the load balancer's access logs are kept. They contain addresses of people."
  type        = number
  default     = 30
}

variable "backup_days" {
  description = "Days for which backups of the database are kept; at most 35 allow a restore to any moment."
  type        = number
  default     = 35

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "Backups must be kept for 7 to 35 days."
  }
}
