-- The files of managed workspaces, where QIDE_FILES=database keeps them. The text of documents stays in
-- document_updates and mirrors.

-- One row for each workspace whose files are here. The epoch is that of the lease whose holder last made
-- its directory the same as these rows, so a directory that belongs to an older epoch is stale. Until the
-- first import is complete, only the directory of the server that began it has all files.
CREATE TABLE workspace_trees (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    epoch bigint NOT NULL,
    is_complete boolean NOT NULL DEFAULT false
);

-- Times are microseconds since 1970; 0 where the file was too young to tell a later change by its time.
-- No hash: the entry is no file, or the content is that of the document at the path.
CREATE TABLE workspace_files (
    workspace_id uuid NOT NULL REFERENCES workspace_trees (workspace_id) ON DELETE CASCADE,
    path text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('file', 'document', 'link', 'folder')),
    mode integer NOT NULL,
    bytes bigint NOT NULL,
    modified bigint NOT NULL,
    hash text,
    target text,
    PRIMARY KEY (workspace_id, path),
    CHECK ((kind = 'file') = (hash IS NOT NULL)),
    CHECK ((kind = 'link') = (target IS NOT NULL))
);

CREATE INDEX workspace_files_hash ON workspace_files (workspace_id, hash) WHERE hash IS NOT NULL;

-- The contents of files in chunks of a mebibyte, by SHA-256. A workspace shares none with another one: it
-- is deleted as a whole, and nobody learns from a fast upload that somebody else has the same file.
CREATE TABLE blobs (
    workspace_id uuid NOT NULL REFERENCES workspace_trees (workspace_id) ON DELETE CASCADE,
    hash text NOT NULL,
    chunk integer NOT NULL,
    is_deflated boolean NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (workspace_id, hash, chunk)
);

-- Deflated already where that helps.
ALTER TABLE blobs ALTER COLUMN content SET STORAGE EXTERNAL;
