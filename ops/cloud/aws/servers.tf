# Servers are machines with Docker, one container each. Neither Fargate nor ECS can: the sandbox of language servers needs a seccomp
# profile of its own and an unmasked /proc (ops/docker/README.md), which a task definition cannot ask for.

data "aws_ssm_parameter" "machine" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_cloudwatch_log_group" "server" {
  name              = "/${var.name}/server"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.main.arn
}

locals {
  secrets = { for name, secret in aws_secretsmanager_secret.server : name => secret.arn }

  user_data = templatefile("${path.module}/server.sh.tftpl", {
    region          = var.region
    image           = var.image
    public_url      = "https://${var.domain}/"
    log_group       = aws_cloudwatch_log_group.server.name
    trusted_proxies = join(",", [for subnet in aws_subnet.public : subnet.cidr_block])
    database        = "${aws_db_instance.main.address}:${aws_db_instance.main.port}"
    password_secret = aws_db_instance.main.master_user_secret[0].secret_arn
    secrets         = local.secrets
    seccomp         = file("${path.module}/../../docker/seccomp.json")
  })
}

resource "aws_launch_template" "server" {
  name                   = var.name
  image_id               = data.aws_ssm_parameter.machine.value
  instance_type          = var.server_type
  update_default_version = true
  # The seccomp profile makes it longer than 16 KiB.
  user_data = base64gzip(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.server.arn
  }

  network_interfaces {
    associate_public_ip_address = false
    security_groups             = [aws_security_group.server.id]
  }

  # Only processes of the machine itself reach its credentials, none in the container: one hop.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.server_disk_gibibytes
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = aws_kms_key.main.arn
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-server" }
  }
}

# The role of the Auto Scaling service: the account's default one does not exist before its first group.
resource "aws_iam_service_linked_role" "machines" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = var.name
}

# The Auto Scaling service starts machines with encrypted disks.
resource "aws_kms_grant" "machines" {
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_service_linked_role.machines.arn
  operations        = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey", "CreateGrant"]
}

resource "aws_autoscaling_group" "server" {
  name                      = var.name
  min_size                  = var.servers
  desired_capacity          = var.servers
  max_size                  = var.servers + 1
  vpc_zone_identifier       = [for subnet in aws_subnet.private : subnet.id]
  target_group_arns         = [aws_lb_target_group.server.arn]
  health_check_type         = "ELB"
  health_check_grace_period = 300
  service_linked_role_arn   = aws_iam_service_linked_role.machines.arn
  depends_on                = [aws_kms_grant.machines]

  launch_template {
    id      = aws_launch_template.server.id
    version = aws_launch_template.server.latest_version
  }

  # A new image: one machine after another, the new one first. SIGTERM drains a server.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
    }
  }
}
