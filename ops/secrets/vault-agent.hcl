# Vault Agent beside a server: writes each secret into a file and replaces it when Vault rotates it. Run it as the server's user, with a
# tmpfs on /run/qide:
#
#   vault agent -config=vault-agent.hcl
#
#   QIDE_DATABASE_URL_FILE=/run/qide/database-url QIDE_KEYS_FILE=/run/qide/keys QIDE_MODELS_FILE=/etc/qide/models.json (keyFile:
#   /run/qide/openai.key) QIDE_LOGIN_FILE=/etc/qide/login.json (clientSecretFile: /run/qide/google.secret)
#   QIDE_TLS_CERT=/run/qide/tls.crt QIDE_TLS_KEY=/run/qide/tls.key
vault {
  address = "https://vault.internal:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path   = "/etc/qide/vault/role-id"
      secret_id_file_path = "/etc/qide/vault/secret-id"
    }
  }
}

# A static role: Vault changes the password of one role of PostgreSQL. Dynamic roles would own the tables that they create.
template {
  destination = "/run/qide/database-url"
  perms       = "0400"
  contents    = "{{ with secret \"database/static-creds/qide\" }}postgresql://{{ .Data.username }}:{{ .Data.password }}@db.internal:5432/qide?sslmode=verify-full&sslrootcert=/etc/qide/ca.pem{{ end }}"
}

template {
  destination = "/run/qide/openai.key"
  perms       = "0400"
  contents    = "{{ with secret \"secret/data/qide\" }}{{ .Data.data.openai }}{{ end }}"
}

template {
  destination = "/run/qide/google.secret"
  perms       = "0400"
  contents    = "{{ with secret \"secret/data/qide\" }}{{ .Data.data.google }}{{ end }}"
}

# One line for each key, the newest first: add a line in Vault, then run `qide keys rotate`.
template {
  destination = "/run/qide/keys"
  perms       = "0400"
  contents    = "{{ with secret \"secret/data/qide\" }}{{ .Data.data.keys }}{{ end }}"
}

# The server reads the pair every ten seconds and keeps the old one until both files fit.
template {
  destination = "/run/qide/tls.crt"
  perms       = "0400"
  contents    = "{{ with pkiCert \"pki/issue/qide\" \"common_name=ide.example\" }}{{ .Cert }}{{ .CA }}{{ .Key | writeToFile \"/run/qide/tls.key\" \"\" \"\" \"0400\" }}{{ end }}"
}
