-- Models that an operator added while the server ran, beside those of the models file: their entries, without keys.
CREATE TABLE models (
    name text PRIMARY KEY CHECK (name <> ''),
    entry text NOT NULL CHECK (entry <> ''),
    position bigint GENERATED ALWAYS AS IDENTITY
);

-- Workspaces whose texts only local models may see, beside those of the models file.
CREATE TABLE local_only_workspaces (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id)
);
