-- Moves of files and folders that have begun: recorded before the file gets its new name and taken out
-- when its documents have theirs. After a crash the disk tells which side it stands on.
CREATE TABLE moves (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    from_path text NOT NULL CHECK (from_path <> ''),
    to_path text NOT NULL CHECK (to_path <> ''),
    -- What the system calls the file whatever its name is (device and inode); empty where it does not.
    file_key text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now()
);
