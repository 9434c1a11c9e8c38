-- What the models may cost an organisation in each day or month, as its owner set it; those of the models file are
-- not here.
CREATE TABLE organisation_budgets (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    period text NOT NULL CHECK (period IN ('DAY', 'MONTH')),
    tokens bigint CHECK (tokens > 0),
    cost_micros bigint CHECK (cost_micros > 0),
    soft double precision NOT NULL CHECK (soft > 0 AND soft <= 1),
    PRIMARY KEY (organisation_id, period),
    CHECK (tokens IS NOT NULL OR cost_micros IS NOT NULL)
);
