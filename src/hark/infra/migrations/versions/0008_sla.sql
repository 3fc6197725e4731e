-- Business calendars and SLA policies -----------------------------------------------------------------------------------------

CREATE TABLE business_calendar (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX business_calendar_name ON business_calendar (workspace_id, lower(name)) WHERE deleted_at IS NULL;

-- Clocks that ended were counted by the hours of their time, so every version stays.
CREATE TABLE business_calendar_version (
    workspace_id uuid NOT NULL,
    calendar_id  uuid NOT NULL,
    version      integer NOT NULL,
    spec         jsonb NOT NULL,
    PRIMARY KEY (workspace_id, calendar_id, version),
    FOREIGN KEY (workspace_id, calendar_id) REFERENCES business_calendar (workspace_id, id) ON DELETE CASCADE
);

-- `conditions` and `targets` as in hark.sla.policies; `calendar_id` null: around the clock. Removed ones stay, so that what
-- was counted by them keeps its name.
CREATE TABLE sla_policy (
    workspace_id    uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id              uuid NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    name            text NOT NULL,
    position        integer NOT NULL,
    targets         jsonb NOT NULL,
    conditions      jsonb NOT NULL DEFAULT '[]',
    match           text NOT NULL DEFAULT 'all' CHECK (match IN ('all', 'any')),
    calendar_id     uuid,
    pause_statuses  text[] NOT NULL DEFAULT '{pending}',
    warn_at_percent smallint CHECK (warn_at_percent BETWEEN 1 AND 100),
    enabled         boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, calendar_id) REFERENCES business_calendar (workspace_id, id)
);
CREATE UNIQUE INDEX sla_policy_name ON sla_policy (workspace_id, lower(name)) WHERE deleted_at IS NULL;

-- How far the policies of `version` (saved at `changed_at`) have been applied to what was open then: up to conversation `cursor`.
CREATE TABLE sla_rollout (
    workspace_id    uuid PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
    version         bigint NOT NULL,
    applied_version bigint NOT NULL DEFAULT 0,
    changed_at      timestamptz NOT NULL,
    cursor          uuid,
    total           integer NOT NULL DEFAULT 0,
    done            integer NOT NULL DEFAULT 0,
    changed         integer NOT NULL DEFAULT 0,
    finished_at     timestamptz
);
CREATE INDEX sla_rollout_unfinished ON sla_rollout (changed_at) WHERE applied_version < version;

-- Clocks ----------------------------------------------------------------------------------------------------------------------

-- What the clocks of a conversation follow from, beside its messages (hark.sla.keeping.Record as JSON), and when a warning or a
-- breach falls due next. `held`: its clocks have stood still at some time.
CREATE TABLE conversation_sla (
    workspace_id    uuid NOT NULL,
    conversation_id uuid NOT NULL,
    record          bytea NOT NULL,
    next_at         timestamptz,
    held            boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, conversation_id),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX conversation_sla_next ON conversation_sla (next_at) WHERE next_at IS NOT NULL;

-- The clocks as they stand, for reading; written only together with the record.
CREATE TABLE sla_clock (
    workspace_id    uuid NOT NULL,
    conversation_id uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('first_response', 'next_response', 'resolution')),
    cycle           integer NOT NULL,
    state           text NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'met', 'breached', 'cancelled')),
    policy          text NOT NULL,
    calendar        text NOT NULL,
    target_minutes  integer NOT NULL,
    started_at      timestamptz NOT NULL,
    due_at          timestamptz,
    warn_at         timestamptz,
    warned_at       timestamptz,
    breached_at     timestamptz,
    paused_at       timestamptz,
    ended_at        timestamptz,
    PRIMARY KEY (workspace_id, conversation_id, kind, cycle),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX sla_clock_one_running ON sla_clock (workspace_id, conversation_id, kind) WHERE state IN ('running', 'paused');
CREATE INDEX sla_clock_breached ON sla_clock (workspace_id, breached_at) WHERE breached_at IS NOT NULL;

-- By when an answer is due, and why: the earliest of its open clocks and of the platform's reply window.
ALTER TABLE conversation
    ADD COLUMN answer_by        timestamptz,
    ADD COLUMN answer_by_reason jsonb,
    ADD COLUMN sla_policy_id    uuid;
CREATE INDEX conversation_answer_by
    ON conversation (workspace_id, status, (coalesce(answer_by, '9999-12-31 00:00:00+00'::timestamptz)), id);
