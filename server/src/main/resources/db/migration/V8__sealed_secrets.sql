-- Secrets that must be stored readable, encrypted: without a key of the key ring file they are noise.
CREATE TABLE sealed_secrets (
    owner text NOT NULL CHECK (owner <> ''),
    purpose text NOT NULL CHECK (purpose <> ''),
    key_id text NOT NULL CHECK (key_id <> ''),
    sealed bytea NOT NULL CHECK (length(sealed) > 0),
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, purpose)
);

CREATE INDEX sealed_secrets_key_id ON sealed_secrets (key_id);
