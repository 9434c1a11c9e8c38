-- The servers that use this database, and the one that has the lease of a workspace.

-- A server lives while it writes the time, and while one of its connections holds the advisory lock
-- of its id.
CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    client_address inet,
    process_id bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- NULL: nobody has it. No foreign key, since the rows of ended servers are deleted.
ALTER TABLE leases ADD COLUMN node_id uuid;
