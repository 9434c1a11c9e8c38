-- In which state each component was, in samples of one minute, by day (UTC).
CREATE TABLE component_days (
    day date NOT NULL,
    component text NOT NULL CHECK (component <> ''),
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    PRIMARY KEY (day, component)
);

-- What administrators tell everybody about an outage: an incident and its updates, whose last one is its state.
CREATE TABLE incidents (
    id uuid PRIMARY KEY,
    title text NOT NULL CHECK (title <> ''),
    started_at timestamptz NOT NULL
);

CREATE TABLE incident_updates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('INVESTIGATING', 'IDENTIFIED', 'MONITORING', 'RESOLVED')),
    text text NOT NULL CHECK (text <> '')
);

CREATE INDEX incident_updates_incident_id ON incident_updates (incident_id, id);
