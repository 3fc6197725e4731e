-- Polling, imports and the last look ------------------------------------------------------------------------------------

-- polled_at: when the last complete poll began. poll_asked_at: somebody said that there is something. poll_cursor and poll_began_at: a poll that is half-way. poll_spent: units by
-- kind that the last one used up. health: what the last check found.
ALTER TABLE channel_account
    ADD COLUMN polled_at        timestamptz,
    ADD COLUMN poll_due_at      timestamptz,
    ADD COLUMN poll_asked_at    timestamptz,
    ADD COLUMN poll_lease_until timestamptz,
    ADD COLUMN poll_failures    integer NOT NULL DEFAULT 0,
    ADD COLUMN poll_failing_at  timestamptz,
    ADD COLUMN poll_error       jsonb,
    ADD COLUMN poll_cursor      text,
    ADD COLUMN poll_began_at    timestamptz,
    ADD COLUMN poll_spent       jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN history_due_at   timestamptz,
    ADD COLUMN history_oldest_at timestamptz,
    ADD COLUMN history_total    bigint,
    ADD COLUMN health           jsonb NOT NULL DEFAULT '{}';
CREATE INDEX channel_account_poll_due ON channel_account (poll_due_at) WHERE status = 'connected';

-- What came by asking and by streams is told apart from what was posted to us.
ALTER TABLE raw_event DROP CONSTRAINT raw_event_origin_check;
ALTER TABLE raw_event ADD CONSTRAINT raw_event_origin_check
    CHECK (origin IN ('webhook', 'poll', 'stream', 'history', 'repair', 'replay')) NOT VALID;

-- Streams: who listens, and until when that counts --------------------------------------------------------------------------

CREATE TABLE account_listener (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    owner        uuid NOT NULL,
    lease_until  timestamptz NOT NULL,
    standing_at  timestamptz,
    failures     integer NOT NULL DEFAULT 0,
    failing_at   timestamptz,
    error        jsonb,
    PRIMARY KEY (workspace_id, account_id)
);
CREATE INDEX account_listener_owner ON account_listener (owner);

-- What calls use up -----------------------------------------------------------------------------------------------------

-- `day` ends at midnight of the zone of the kind's budget; of UTC where there is none.
CREATE TABLE account_usage (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    day          date NOT NULL,
    kind         text NOT NULL,
    calls        bigint NOT NULL DEFAULT 0,
    units        double precision NOT NULL DEFAULT 0,
    usd          double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, account_id, day, kind)
);

-- provisional: the window is over, its limit is taken for the next one until the platform says more.
CREATE TABLE account_quota (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    kind         text NOT NULL,
    "limit"      bigint,
    remaining    bigint NOT NULL,
    resets_at    timestamptz NOT NULL,
    at           timestamptz NOT NULL,
    provisional  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, account_id, kind)
);

-- Outages: one open at a time per account ----------------------------------------------------------------------------------

-- told_until and ended_until: how far the timelines of the affected conversations have been written (ids in order).
CREATE TABLE outage (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('reconnect', 'subscription', 'unreachable', 'stream')),
    cause        text NOT NULL DEFAULT '',
    began_at     timestamptz NOT NULL,
    noticed_at   timestamptz NOT NULL,
    restored_at  timestamptz,
    ended_at     timestamptz,
    fetched      integer NOT NULL DEFAULT 0,
    told_until   uuid,
    told         boolean NOT NULL DEFAULT false,
    ended_until  uuid,
    closed       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX outage_open ON outage (workspace_id, account_id) WHERE ended_at IS NULL;
CREATE INDEX outage_unfinished ON outage (id) WHERE NOT told OR (ended_at IS NOT NULL AND NOT closed);
