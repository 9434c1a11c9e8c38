-- Tokens that the command line makes. The token itself is never stored, only its SHA-256.

CREATE TABLE tokens (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person_id uuid NOT NULL,
    person_name text NOT NULL CHECK (person_name <> ''),
    role text NOT NULL,
    scopes text NOT NULL CHECK (scopes <> ''),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

-- A login dies with the token it came from, so it has to know which one that was. Those who are
-- logged in log in once more.
DELETE FROM logins;

ALTER TABLE logins ADD COLUMN origin_hash bytea NOT NULL CHECK (length(origin_hash) = 32);

CREATE INDEX logins_origin_hash ON logins (origin_hash);
