# What AWS sees. What Q-IDE itself reports is the business of Prometheus (ops/prometheus), which scrapes the servers.

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.main.key_id
}

data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  balancer = { LoadBalancer = aws_lb.main.arn_suffix }
  servers  = { LoadBalancer = aws_lb.main.arn_suffix, TargetGroup = aws_lb_target_group.server.arn_suffix }
  database = { DBInstanceIdentifier = aws_db_instance.main.identifier }

  alarms = {
    servers-unhealthy = {
      text       = "A server does not answer /ready: docs/runbooks.md#qidedown"
      namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.servers
      statistic  = "Maximum", comparison = "GreaterThanThreshold", threshold = 0, minutes = 5
      is_missing = "notBreaching"
    }
    no-server = {
      text       = "No server answers: docs/runbooks.md#qidedown"
      namespace  = "AWS/ApplicationELB", metric = "HealthyHostCount", dimensions = local.servers
      statistic  = "Minimum", comparison = "LessThanThreshold", threshold = 1, minutes = 2
      is_missing = "breaching"
    }
    requests-fail = {
      text       = "Servers answer with 5xx: docs/runbooks.md#qideerrorbudgetfastburn"
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = local.balancer
      statistic  = "Sum", comparison = "GreaterThanThreshold", threshold = 20, minutes = 5
      is_missing = "notBreaching"
    }
    balancer-fails = {
      text       = "The balancer answers with 5xx, since no server does: docs/runbooks.md#qidedown"
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = local.balancer
      statistic  = "Sum", comparison = "GreaterThanThreshold", threshold = 20, minutes = 5
      is_missing = "notBreaching"
    }
    database-storage = {
      text       = "The database has less than 5 GiB left: docs/runbooks.md#qidedatabasedown"
      namespace  = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.database
      statistic  = "Minimum", comparison = "LessThanThreshold", threshold = 5368709120, minutes = 5
      is_missing = "breaching"
    }
    database-processor = {
      text       = "The database's processors are busy: docs/runbooks.md#qidecommitsslow"
      namespace  = "AWS/RDS", metric = "CPUUtilization", dimensions = local.database
      statistic  = "Average", comparison = "GreaterThanThreshold", threshold = 80, minutes = 15
      is_missing = "breaching"
    }
    # A machine reads them every five to ten minutes; one failure may be a hiccup.
    secrets-unread = {
      text       = "A server cannot read its secrets: docs/runbooks.md#qidecomponentnotup"
      namespace  = aws_cloudwatch_log_metric_filter.secrets.metric_transformation[0].namespace
      metric     = aws_cloudwatch_log_metric_filter.secrets.metric_transformation[0].name, dimensions = {}
      statistic  = "Sum", comparison = "GreaterThanThreshold", threshold = 0, minutes = 20, times = 2
      is_missing = "notBreaching"
    }
    database-connections = {
      text       = "The database has many connections: docs/runbooks.md#qidedatabasepoolexhausted"
      namespace  = "AWS/RDS", metric = "DatabaseConnections", dimensions = local.database
      statistic  = "Maximum", comparison = "GreaterThanThreshold", threshold = 400, minutes = 5
      is_missing = "breaching"
    }
    database-memory = {
      text       = "The database has less than 256 MiB of free memory: docs/runbooks.md#qidecommitsslow"
      namespace  = "AWS/RDS", metric = "FreeableMemory", dimensions = local.database
      statistic  = "Minimum", comparison = "LessThanThreshold", threshold = 268435456, minutes = 15
      is_missing = "breaching"
    }
  }
}

# What a machine logs when it cannot read its secrets (server.sh.tftpl).
resource "aws_cloudwatch_log_metric_filter" "secrets" {
  name           = "${var.name}-secrets"
  log_group_name = aws_cloudwatch_log_group.server.name
  pattern        = "\"qide-secrets failed\""

  metric_transformation {
    namespace = var.name
    name      = "SecretsUnread"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = try(each.value.times, each.value.minutes)
  treat_missing_data  = each.value.is_missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Failovers of the database, and backups that failed.
resource "aws_cloudwatch_event_rule" "main" {
  for_each = {
    database = jsonencode({ source = ["aws.rds"], detail-type = ["RDS DB Instance Event"], detail = { EventCategories = ["failover", "failure", "low storage"] } })
    backup   = jsonencode({ source = ["aws.backup"], detail-type = ["Backup Job State Change"], detail = { state = ["FAILED", "EXPIRED", "ABORTED"] } })
  }
  name          = "${var.name}-${each.key}"
  event_pattern = each.value
}

resource "aws_cloudwatch_event_target" "main" {
  for_each = aws_cloudwatch_event_rule.main
  rule     = each.value.name
  arn      = aws_sns_topic.alarms.arn
}
