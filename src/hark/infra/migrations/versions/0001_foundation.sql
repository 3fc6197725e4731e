-- Tenants, people and rights -------------------------------------------------------------------------------------------

CREATE TABLE workspace (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    settings    jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL
);

-- Its row is updated at the END of every transaction that records facts: commit order = sequence order.
CREATE TABLE workspace_counter (
    workspace_id uuid PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
    seq          bigint NOT NULL DEFAULT 0,
    first_seq    bigint NOT NULL DEFAULT 1
);

-- Apart from workspace_counter, so that numbering new cases does not hold up the journal of other transactions.
CREATE TABLE case_counter (
    workspace_id uuid PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
    number       bigint NOT NULL DEFAULT 0
);

CREATE TABLE user_account (
    id            uuid PRIMARY KEY,
    email         text NOT NULL,
    name          text NOT NULL,
    password_hash text,
    locale        text NOT NULL DEFAULT 'en',
    settings      jsonb NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX user_account_email ON user_account (lower(email));

CREATE TABLE member (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    role         text NOT NULL CHECK (role IN ('administrator', 'supervisor', 'agent')),
    created_at   timestamptz NOT NULL,
    removed_at   timestamptz,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX member_user ON member (user_id);

CREATE TABLE session (
    token_hash   bytea PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    csrf_token   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    user_agent   text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT ''
);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE sign_in_attempt (
    key          text NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_key ON sign_in_attempt (key, at);

CREATE TABLE one_time_token (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('first_sign_in', 'reset', 'invite')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE api_key (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    prefix       text NOT NULL,
    token_hash   bytea NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE idempotency (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    actor        text NOT NULL,
    key          text NOT NULL,
    fingerprint  text NOT NULL,
    status       integer NOT NULL,
    body         bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, actor, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE audit_record (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    action       text NOT NULL,
    subject      text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT '',
    detail       jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, id)
);

-- Journal --------------------------------------------------------------------------------------------------------------

CREATE TABLE fact (
    workspace_id    uuid NOT NULL,
    seq             bigint NOT NULL,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    conversation_id uuid,
    actor           text,
    body            bytea NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX fact_conversation ON fact (workspace_id, conversation_id, seq);

CREATE TABLE observer_cursor (
    observer     text NOT NULL,
    workspace_id uuid NOT NULL,
    seq          bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (observer, workspace_id)
);

-- Channel accounts -----------------------------------------------------------------------------------------------------

CREATE TABLE channel_account (
    workspace_id        uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id                  uuid NOT NULL,
    platform            text NOT NULL,
    platform_account_id text NOT NULL,
    name                text NOT NULL,
    status              text NOT NULL CHECK (status IN ('connected', 'reconnect', 'paused', 'disconnected')),
    status_reason       text,
    webhook_key         text NOT NULL UNIQUE,
    secrets             bytea NOT NULL,
    fields              jsonb NOT NULL DEFAULT '{}',
    state               jsonb NOT NULL DEFAULT '{}',
    webhook_verified_at timestamptz,
    last_event_at       timestamptz,
    forged_count        bigint NOT NULL DEFAULT 0,
    forged_at           timestamptz,
    history_cursor      text,
    history_state       text NOT NULL DEFAULT 'none',
    history_count       bigint NOT NULL DEFAULT 0,
    reconciled_at       timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX channel_account_platform ON channel_account (workspace_id, platform, platform_account_id)
    WHERE status <> 'disconnected';
CREATE INDEX channel_account_id ON channel_account (id);

-- Raw events: what was received, as it was received ---------------------------------------------------------------------

CREATE TABLE raw_event (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    dedup_key    text NOT NULL,
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'ignored', 'quarantined')),
    origin       text NOT NULL DEFAULT 'webhook' CHECK (origin IN ('webhook', 'history', 'repair', 'replay')),
    received_at  timestamptz NOT NULL,
    payload      bytea NOT NULL,
    reason       text,
    detail       text,
    done_at      timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX raw_event_dedup ON raw_event (account_id, dedup_key);
CREATE INDEX raw_event_pending ON raw_event (id) WHERE state = 'pending';
CREATE INDEX raw_event_listed ON raw_event (workspace_id, state, id DESC) WHERE state IN ('quarantined', 'ignored');
CREATE INDEX raw_event_done ON raw_event (done_at) WHERE state IN ('done', 'ignored');

-- Events about messages that have not come yet
CREATE TABLE waiting_event (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    target       text NOT NULL,
    event        bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX waiting_event_target ON waiting_event (account_id, target);

-- Customers ------------------------------------------------------------------------------------------------------------

CREATE TABLE customer (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,
    language     text,
    notes        text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX customer_name ON customer (workspace_id, lower(name), id);
CREATE INDEX customer_search ON customer USING gin (to_tsvector('simple', normalize(name, NFC)));

-- `scope` is '' for people known platform-wide, the account's platform id for page-scoped ids.
CREATE TABLE identity (
    workspace_id     uuid NOT NULL,
    id               uuid NOT NULL,
    customer_id      uuid NOT NULL,
    platform         text NOT NULL,
    scope            text NOT NULL DEFAULT '',
    platform_user_id text NOT NULL,
    name             text,
    handle           text,
    avatar_url       text,
    reachable        boolean NOT NULL DEFAULT true,
    reachable_at     timestamptz,
    profile_at       timestamptz,
    seen_at          timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX identity_person ON identity (workspace_id, platform, scope, platform_user_id);
CREATE INDEX identity_nameless ON identity (created_at) WHERE profile_at IS NULL AND name IS NULL;
CREATE INDEX identity_customer ON identity (workspace_id, customer_id);

-- Conversations --------------------------------------------------------------------------------------------------------

CREATE TABLE conversation (
    workspace_id       uuid NOT NULL,
    id                 uuid NOT NULL,
    number             bigint NOT NULL,
    account_id         uuid NOT NULL,
    platform           text NOT NULL,
    source             text NOT NULL CHECK (source IN ('dm', 'comment', 'mention', 'review')),
    thread_key         text NOT NULL,
    live               boolean NOT NULL DEFAULT true,
    customer_id        uuid,
    identity_id        uuid,
    status             text NOT NULL CHECK (status IN ('open', 'pending', 'resolved', 'closed')),
    status_at          timestamptz NOT NULL,
    priority           smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
    assigned_to        uuid,
    assigned_at        timestamptz,
    assigned_reason    jsonb,
    preview            text NOT NULL DEFAULT '',
    preview_by         text NOT NULL DEFAULT 'customer',
    preview_type       text NOT NULL DEFAULT 'text',
    message_count      integer NOT NULL DEFAULT 0,
    unread_count       integer NOT NULL DEFAULT 0,
    read_arrival       bigint NOT NULL DEFAULT 0,
    last_arrival       bigint NOT NULL DEFAULT 0,
    last_message_at    timestamptz NOT NULL,
    last_inbound_at    timestamptz,
    last_outbound_at   timestamptz,
    waiting_since      timestamptz,
    window_opened_at   timestamptz,
    first_response_at  timestamptz,
    resolved_at        timestamptz,
    snoozed_until      timestamptz,
    delivered_until    timestamptz,
    read_until         timestamptz,
    reply_to           jsonb NOT NULL DEFAULT '{}',
    tags               text[] NOT NULL DEFAULT '{}',
    metadata           jsonb NOT NULL DEFAULT '{}',
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX conversation_live ON conversation (workspace_id, account_id, source, thread_key) WHERE live;
CREATE INDEX conversation_thread ON conversation (workspace_id, account_id, source, thread_key, created_at DESC);
CREATE UNIQUE INDEX conversation_number ON conversation (workspace_id, number);
CREATE INDEX conversation_customer ON conversation (workspace_id, customer_id, last_message_at DESC);
-- One index per list; each keyset page reads only its rows (figures: docs/decisions/0005-lists.md).
CREATE INDEX conversation_newest ON conversation (workspace_id, status, last_message_at DESC, id DESC);
CREATE INDEX conversation_assignee ON conversation (workspace_id, status, assigned_to, last_message_at DESC, id DESC);
CREATE INDEX conversation_account ON conversation (workspace_id, status, account_id, last_message_at DESC, id DESC);
CREATE INDEX conversation_source ON conversation (workspace_id, status, source, last_message_at DESC, id DESC);
CREATE INDEX conversation_platform ON conversation (workspace_id, status, platform, last_message_at DESC, id DESC);
CREATE INDEX conversation_priority ON conversation (workspace_id, status, priority, last_message_at DESC, id DESC);
CREATE INDEX conversation_unread ON conversation (workspace_id, status, last_message_at DESC, id DESC) WHERE unread_count > 0;
CREATE INDEX conversation_waiting ON conversation (workspace_id, status, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE snoozed_until IS NOT NULL;

CREATE TABLE tag (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    color        text NOT NULL DEFAULT 'gray',
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX tag_name ON tag (workspace_id, lower(name));

-- Carries status and the sort column, so that a list by tag reads only its page; conversation.tags is for display.
CREATE TABLE conversation_tag (
    workspace_id    uuid NOT NULL,
    conversation_id uuid NOT NULL,
    tag             text NOT NULL,
    status          text NOT NULL,
    last_message_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, conversation_id, tag)
);
CREATE INDEX conversation_tag_list ON conversation_tag (workspace_id, tag, status, last_message_at DESC, conversation_id DESC);

-- Messages -------------------------------------------------------------------------------------------------------------

CREATE TABLE message (
    workspace_id        uuid NOT NULL,
    id                  uuid NOT NULL,
    conversation_id     uuid NOT NULL,
    account_id          uuid NOT NULL,
    arrival             bigint GENERATED ALWAYS AS IDENTITY,
    kind                text NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'note', 'activity')),
    direction           text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal')),
    content             text NOT NULL DEFAULT '',
    content_type        text NOT NULL DEFAULT 'text',
    sender_type         text NOT NULL CHECK (sender_type IN ('customer', 'agent', 'bot', 'system')),
    sender_id           uuid,
    sender_name         text NOT NULL DEFAULT '',
    platform_message_id text,
    "timestamp"         timestamptz NOT NULL,
    position            bigint NOT NULL DEFAULT 0,
    delivery_status     text,
    delivery_error      jsonb,
    quoted              text,
    edited_at           timestamptz,
    deleted_at          timestamptz,
    hidden              boolean NOT NULL DEFAULT false,
    read_at             timestamptz,
    metadata            jsonb NOT NULL DEFAULT '{}',
    reactions           jsonb NOT NULL DEFAULT '[]',
    attachment_count    smallint NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX message_platform_id ON message (account_id, platform_message_id) WHERE platform_message_id IS NOT NULL;
CREATE INDEX message_thread ON message (workspace_id, conversation_id, "timestamp", position, id);
CREATE INDEX message_search ON message USING gin (to_tsvector('simple', normalize(content, NFC)));

CREATE TABLE message_version (
    workspace_id uuid NOT NULL,
    message_id   uuid NOT NULL,
    at           timestamptz NOT NULL,
    content      text NOT NULL,
    PRIMARY KEY (workspace_id, message_id, at)
);

CREATE TABLE reaction (
    workspace_id uuid NOT NULL,
    message_id   uuid NOT NULL,
    author_id    text NOT NULL,
    author_name  text NOT NULL DEFAULT '',
    emoji        text[] NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, message_id, author_id)
);

CREATE TABLE attachment (
    workspace_id        uuid NOT NULL,
    id                  uuid NOT NULL,
    message_id          uuid,
    conversation_id     uuid,
    account_id          uuid,
    platform_message_id text,
    position            bigint NOT NULL DEFAULT 0,
    kind                text NOT NULL,
    name                text,
    mime_type           text,
    size                bigint,
    width               integer,
    height              integer,
    duration            integer,
    caption             text,
    source_url          text,
    file_id             text,
    state               text NOT NULL CHECK (state IN ('none', 'pending', 'stored', 'failed', 'skipped', 'withdrawn')),
    state_reason        text,
    attempts            smallint NOT NULL DEFAULT 0,
    next_try_at         timestamptz,
    blob_key            text,
    thumbnail_key       text,
    data                jsonb NOT NULL DEFAULT '{}',
    uploaded_by         uuid,
    created_at          timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX attachment_message ON attachment (workspace_id, message_id, position, id);
CREATE UNIQUE INDEX attachment_platform_id ON attachment (account_id, platform_message_id, position)
    WHERE platform_message_id IS NOT NULL;
CREATE INDEX attachment_pending ON attachment (next_try_at) WHERE state = 'pending';
CREATE INDEX attachment_withdrawn ON attachment (id)
    WHERE state = 'withdrawn' AND (blob_key IS NOT NULL OR thumbnail_key IS NOT NULL);

-- Delivery -------------------------------------------------------------------------------------------------------------

CREATE TABLE delivery (
    workspace_id    uuid NOT NULL,
    id              uuid NOT NULL,
    message_id      uuid NOT NULL,
    conversation_id uuid NOT NULL,
    account_id      uuid NOT NULL,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    idempotency_key text NOT NULL,
    state           text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'rejected', 'unknown', 'canceled')),
    outbound        bytea NOT NULL,
    due_at          timestamptz NOT NULL,
    lease_until     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    error_code      text,
    error_message   text,
    created_by      uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX delivery_idempotency ON delivery (workspace_id, idempotency_key);
CREATE UNIQUE INDEX delivery_message ON delivery (workspace_id, message_id);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'queued';
CREATE INDEX delivery_account ON delivery (account_id, (created_by IS NULL), due_at) WHERE state = 'queued';
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_conversation ON delivery (workspace_id, conversation_id, position) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_listed ON delivery (workspace_id, state, position DESC);

CREATE TABLE attempt (
    workspace_id uuid NOT NULL,
    delivery_id  uuid NOT NULL,
    number       integer NOT NULL,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    outcome      text,
    http_status  integer,
    code         text,
    detail       text,
    PRIMARY KEY (workspace_id, delivery_id, number)
);

-- One row per account: rates, pause and breaker, shared by all workers. `tokens`: one bucket per account-wide rate limit of
-- the platform, in the manifest's order.
CREATE TABLE account_gate (
    workspace_id  uuid NOT NULL,
    account_id    uuid NOT NULL,
    tokens        double precision[] NOT NULL DEFAULT '{}',
    refilled_at   timestamptz NOT NULL,
    blocked_until timestamptz,
    block_reason  text,
    failures      integer NOT NULL DEFAULT 0,
    opened_at     timestamptz,
    PRIMARY KEY (workspace_id, account_id)
);
CREATE TABLE conversation_gate (
    workspace_id    uuid NOT NULL,
    conversation_id uuid NOT NULL,
    next_at         timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, conversation_id)
);
CREATE INDEX conversation_gate_next ON conversation_gate (next_at);
CREATE INDEX account_gate_blocked ON account_gate (blocked_until) WHERE blocked_until IS NOT NULL;
CREATE INDEX conversation_identity ON conversation (workspace_id, identity_id) WHERE live;
