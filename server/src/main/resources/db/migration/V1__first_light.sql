-- Workspaces, their leases, documents, the one table of updates, and logins.

CREATE TABLE workspaces (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Every append reads its workspace's lease FOR SHARE; whoever loads documents has raised the epoch
-- first. So what an earlier holder still had under way has landed or can no longer land.
CREATE TABLE leases (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    epoch bigint NOT NULL CHECK (epoch > 0),
    raised_at timestamptz NOT NULL DEFAULT now()
);

-- One row an incarnation. The path is an attribute, unique among the living of a workspace.
CREATE TABLE documents (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    path text NOT NULL CHECK (path <> ''),
    incarnation text NOT NULL,
    genesis_client bigint NOT NULL,
    file_hash text NOT NULL,
    line_end text NOT NULL CHECK (line_end IN ('lf', 'crlf')),
    has_bom boolean NOT NULL,
    encoding text NOT NULL,
    saved_rows bigint NOT NULL CHECK (saved_rows >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);

CREATE UNIQUE INDEX documents_living_path ON documents (workspace_id, path) WHERE retired_at IS NULL;

-- Recorded authors of genesis updates, kept when their documents are retired: an id above 2^32 is
-- an ordinary client unless it is in this table.
CREATE TABLE geneses (
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    client bigint NOT NULL CHECK (client BETWEEN 4294967296 AND 9007199254740991),
    document_id uuid NOT NULL REFERENCES documents (id),
    PRIMARY KEY (workspace_id, client)
);

-- The one log of Yjs updates. A document is loaded by reading all of its rows; seq orders the rows
-- of one document and is never compared across documents, since it is given at the insert and not
-- at the commit.
CREATE TABLE document_updates (
    document_id uuid NOT NULL REFERENCES documents (id),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    data bytea NOT NULL CHECK (length(data) > 0),
    PRIMARY KEY (document_id, seq)
);

-- Cookie sessions: the token itself is never stored.
CREATE TABLE logins (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    person_id uuid NOT NULL,
    person_name text NOT NULL,
    role text NOT NULL,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX logins_expires_at ON logins (expires_at);
