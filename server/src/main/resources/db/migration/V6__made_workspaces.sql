-- Workspaces that are made while the server runs, with a directory of their own in the data directory,
-- besides those whose directory is given at the start. A made one can be deleted: its row is retired, keeps
-- its documents and its recorded geneses, and its name is free.
ALTER TABLE workspaces ADD COLUMN is_made boolean NOT NULL DEFAULT false;
ALTER TABLE workspaces ADD COLUMN retired_at timestamptz;
ALTER TABLE workspaces ADD CONSTRAINT workspaces_retired_check CHECK (is_made OR retired_at IS NULL);
ALTER TABLE workspaces DROP CONSTRAINT workspaces_name_key;

-- A given name is what the command line says; names of directories that are made here may lie on a file
-- system that does not tell upper from lower case.
CREATE UNIQUE INDEX workspaces_given_name ON workspaces (name) WHERE NOT is_made;
CREATE UNIQUE INDEX workspaces_made_name ON workspaces (lower(name COLLATE "C"))
    WHERE is_made AND retired_at IS NULL;

-- Whoever had a document of an earlier workspace of the same name open comes back under the name.
CREATE INDEX geneses_client ON geneses (client);

-- Workspaces whose own code language servers may run without the sandbox, as their owner said while the
-- server ran. The directory belongs to it: another one of the same name has to be trusted anew.
CREATE TABLE trusts (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    directory text NOT NULL CHECK (directory <> ''),
    trusted_at timestamptz NOT NULL DEFAULT now()
);
