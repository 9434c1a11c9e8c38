# The values do not come from Terraform, whose state would contain them: `README.md` says how to store them. The database's password
# is made and rotated by RDS.

resource "aws_secretsmanager_secret" "server" {
  for_each = merge(
    {
      "owner-token" = "The owner's token, the same on every server"
      "key-ring"    = "The key ring that encrypts stored secrets"
    },
    { for name in var.server_files : name => "The file ${name} of every server" },
  )
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_rotation" "database" {
  secret_id = aws_db_instance.main.master_user_secret[0].secret_arn

  rotation_rules {
    automatically_after_days = 30
  }
}
