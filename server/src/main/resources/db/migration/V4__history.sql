-- Rows that a compaction joined into one, as they were. A joined row can be made again from its parts,
-- so that it is not kept when it is joined anew.
ALTER TABLE document_updates ADD COLUMN is_joined boolean NOT NULL DEFAULT false;

CREATE TABLE document_history (
    document_id uuid NOT NULL REFERENCES documents (id),
    seq bigint NOT NULL,
    data bytea NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, seq)
);

-- Every attempt to take a lease has a number. PostgreSQL finishes the statement of a server that was
-- killed meanwhile, perhaps after its successor's: the lower number gives way.
CREATE SEQUENCE lease_attempts;
ALTER TABLE leases ADD COLUMN attempt bigint NOT NULL DEFAULT 0;
