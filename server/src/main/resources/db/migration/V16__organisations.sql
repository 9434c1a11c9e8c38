-- A workspace belongs to an organisation, in which its name is unique. The command line names workspaces of
-- the home organisation only; a server adds its row at the start.
ALTER TABLE workspaces ADD COLUMN organisation_id uuid NOT NULL DEFAULT 'f1d391b5-c81e-34e8-a2cf-0b23ccb56038';
DROP INDEX workspaces_made_name;
CREATE UNIQUE INDEX workspaces_made_name ON workspaces (organisation_id, lower(name COLLATE "C"))
    WHERE is_made AND retired_at IS NULL;

-- Whether a login provider's rule admitted the member, which is then checked at each login, or an invitation.
ALTER TABLE memberships ADD COLUMN by_rule boolean NOT NULL DEFAULT false;

-- A role in one workspace, in addition to that in its organisation.
CREATE TABLE workspace_members (
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    person_id uuid NOT NULL REFERENCES people (id),
    role text NOT NULL CHECK (role IN ('OWNER', 'EDITOR', 'VIEWER')),
    PRIMARY KEY (workspace_id, person_id)
);

CREATE INDEX workspace_members_person_id ON workspace_members (person_id);

-- Whom an owner removed from an organisation: only an invitation brings them back, no provider's rule.
CREATE TABLE removed_members (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    person_id uuid NOT NULL REFERENCES people (id),
    removed_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, person_id)
);
