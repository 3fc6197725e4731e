-- Rules -------------------------------------------------------------------------------------------------------------------------

-- `after_s`: seconds of a timed event. `conditions` and `actions`: see hark.automation.models. `secrets`: sealed, the signing
-- secrets of its webhooks by address. `enabled_at`: timed rules look at nothing that fell due before.
CREATE TABLE automation_rule (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    position     integer NOT NULL,
    name         text NOT NULL,
    event        text NOT NULL,
    after_s      integer,
    enabled      boolean NOT NULL,
    conditions   jsonb NOT NULL,
    actions      jsonb NOT NULL,
    stop         boolean NOT NULL DEFAULT false,
    secrets      bytea,
    enabled_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX automation_rule_event ON automation_rule (workspace_id, event, position, id) WHERE enabled;
CREATE INDEX automation_rule_timed ON automation_rule (after_s) WHERE enabled AND after_s IS NOT NULL;

-- Written in the transaction of what happened; gone in the transaction of what the rules made of it. `chain`: the rules whose
-- doing this is, first to last. `rule_id`: a timed event is one rule's only.
CREATE TABLE automation_event (
    workspace_id    uuid NOT NULL,
    id              bigint GENERATED ALWAYS AS IDENTITY,
    conversation_id uuid NOT NULL,
    event           text NOT NULL,
    message_id      uuid,
    rule_id         uuid,
    chain           uuid[] NOT NULL DEFAULT '{}',
    detail          jsonb NOT NULL DEFAULT '{}',
    at              timestamptz NOT NULL,
    lease_until     timestamptz,
    attempts        smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX automation_event_order ON automation_event (id);
CREATE INDEX automation_event_conversation ON automation_event (workspace_id, conversation_id, id);

-- What a timed rule has had already: it fires once per `since`, the time from which it counts.
CREATE TABLE automation_mark (
    workspace_id    uuid NOT NULL,
    rule_id         uuid NOT NULL,
    conversation_id uuid NOT NULL,
    since           timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, rule_id, conversation_id),
    FOREIGN KEY (workspace_id, rule_id) REFERENCES automation_rule (workspace_id, id) ON DELETE CASCADE
);

-- The log. `actions`: [{"type", "state", "detail"}] in the rule's order.
CREATE TABLE automation_run (
    workspace_id    uuid NOT NULL,
    id              uuid NOT NULL,
    rule_id         uuid NOT NULL,
    rule_name       text NOT NULL,
    conversation_id uuid NOT NULL,
    event           text NOT NULL,
    event_id        bigint NOT NULL,
    message_id      uuid,
    at              timestamptz NOT NULL,
    outcome         text NOT NULL CHECK (outcome IN ('done', 'partly', 'failed', 'skipped')),
    reason          text,
    judgement       jsonb NOT NULL,
    actions         jsonb NOT NULL,
    depth           smallint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX automation_run_once ON automation_run (workspace_id, rule_id, event_id);
CREATE INDEX automation_run_rule ON automation_run (workspace_id, rule_id, at DESC, id DESC);
CREATE INDEX automation_run_conversation ON automation_run (workspace_id, conversation_id, at DESC);
CREATE INDEX automation_run_time ON automation_run (at);

-- What has to be done outside: webhooks, acts on a network. `number`: which action of the run.
CREATE TABLE automation_task (
    workspace_id    uuid NOT NULL,
    id              uuid NOT NULL,
    run_id          uuid NOT NULL,
    rule_id         uuid NOT NULL,
    conversation_id uuid NOT NULL,
    number          smallint NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('webhook', 'act')),
    body            jsonb NOT NULL,
    chain           uuid[] NOT NULL DEFAULT '{}',
    due_at          timestamptz NOT NULL,
    lease_until     timestamptz,
    attempts        smallint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX automation_task_due ON automation_task (due_at);

-- For rules that wait for silence: conversations whose last word is ours.
CREATE INDEX conversation_silent ON conversation (workspace_id, last_outbound_at, id)
    WHERE status IN ('open', 'pending') AND last_outbound_at IS NOT NULL;
