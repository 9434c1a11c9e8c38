-- People who log in by a provider, their accounts there, and what they are in an organisation. The local
-- owner, and whoever has a token of the command line, are not in these tables.
CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX organisations_name ON organisations (lower(name COLLATE "C"));

CREATE TABLE people (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL,
    left_at timestamptz
);

-- The subject is the provider's id of the account; its e-mail address may change. Only an address that the
-- provider has verified is kept.
CREATE TABLE accounts (
    provider text NOT NULL CHECK (provider <> ''),
    subject text NOT NULL CHECK (subject <> ''),
    person_id uuid NOT NULL REFERENCES people (id),
    email text,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (provider, subject)
);

CREATE INDEX accounts_person_id ON accounts (person_id);
CREATE INDEX accounts_email ON accounts (email);

CREATE TABLE memberships (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    person_id uuid NOT NULL REFERENCES people (id),
    role text NOT NULL CHECK (role IN ('OWNER', 'EDITOR', 'VIEWER')),
    PRIMARY KEY (organisation_id, person_id)
);

CREATE INDEX memberships_person_id ON memberships (person_id);

-- The code itself is never stored, only its SHA-256. An invitation is accepted once.
CREATE TABLE invitations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    code_hash bytea NOT NULL UNIQUE CHECK (length(code_hash) = 32),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    role text NOT NULL CHECK (role IN ('OWNER', 'EDITOR', 'VIEWER')),
    invited_by uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_by uuid REFERENCES people (id)
);

CREATE INDEX invitations_organisation_id ON invitations (organisation_id);

-- A login comes from a token or from an account, and ends with it.
ALTER TABLE logins ALTER COLUMN origin_hash DROP NOT NULL;
ALTER TABLE logins ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE logins ADD COLUMN provider text;
ALTER TABLE logins ADD COLUMN subject text;
ALTER TABLE logins ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE logins ADD CONSTRAINT logins_origin CHECK ((origin_hash IS NULL) <> (provider IS NULL));
ALTER TABLE logins ADD CONSTRAINT logins_account FOREIGN KEY (provider, subject)
    REFERENCES accounts (provider, subject) ON DELETE CASCADE;

CREATE UNIQUE INDEX logins_id ON logins (id);
CREATE INDEX logins_person_id ON logins (person_id);
