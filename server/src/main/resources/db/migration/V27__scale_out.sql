-- What servers report about themselves, and leases that one server leaves to another one.

-- Since when the server gives its workspaces to others and takes none; NULL: it works.
ALTER TABLE nodes ADD COLUMN draining_since timestamptz;
ALTER TABLE nodes ADD COLUMN heap_used_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN heap_limit_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN cpu_load real NOT NULL DEFAULT 0;

-- The server that shall take a free lease; for two seconds nobody else takes it.
ALTER TABLE leases ADD COLUMN offered_to uuid;
ALTER TABLE leases ADD COLUMN offered_at timestamptz;

CREATE INDEX leases_node_id ON leases (node_id) WHERE node_id IS NOT NULL;
