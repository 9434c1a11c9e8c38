-- Conversations with models, of one person in one workspace each. The messages are a JSON array that `ai` defines.
CREATE TABLE ai_conversations (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    title text NOT NULL,
    messages jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX ai_conversations_of ON ai_conversations (person_id, workspace_id, updated_at DESC);

-- What models cost, by day (UTC). Rows of aborted calls are estimates and stay apart from what providers report.
-- Usage outlives conversations and workspaces: it has no foreign keys.
CREATE TABLE ai_usage (
    day date NOT NULL,
    person_id uuid NOT NULL,
    workspace text NOT NULL,
    model text NOT NULL,
    purpose text NOT NULL,
    is_estimated boolean NOT NULL,
    calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    PRIMARY KEY (day, person_id, workspace, model, purpose, is_estimated)
);
