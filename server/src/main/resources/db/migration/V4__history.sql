-- Rows that a compaction joined into one, as they were: a moment of a document's history is what was
-- joined before it and the rows after that. A row is never here and in document_updates.
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
