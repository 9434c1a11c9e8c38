output "url" {
  description = "Where people reach Q-IDE."
  value       = "https://${aws_route53_record.main.name}/"
}

output "secrets" {
  description = "The secrets to store before the first start."
  value       = { for name, secret in aws_secretsmanager_secret.server : name => secret.arn }
}

output "backups" {
  description = "The bucket for what ./qide backup writes."
  value       = "s3://${aws_s3_bucket.backups.bucket}"
}

output "log_group" {
  description = "The servers' logs."
  value       = aws_cloudwatch_log_group.server.name
}

output "redis" {
  description = "The address of ElastiCache; empty without it."
  value       = try(aws_elasticache_replication_group.main[0].primary_endpoint_address, "")
}
