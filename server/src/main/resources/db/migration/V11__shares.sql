-- A token may be valid in one workspace only: a share, which the link for a guest carries. A login is valid
-- where its token is.
ALTER TABLE tokens ADD COLUMN workspace_id uuid REFERENCES workspaces (id);

-- Who made the share.
ALTER TABLE tokens ADD COLUMN shared_by uuid;

CREATE INDEX tokens_workspace_id ON tokens (workspace_id) WHERE workspace_id IS NOT NULL;
