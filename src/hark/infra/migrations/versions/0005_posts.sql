-- Publications under which comments and mentions stand ---------------------------------------------------------------------

-- A conversation refers to its post by (account_id, metadata ->> 'post_id'). `state`: due (the platform is still to be asked,
-- or the picture to be fetched), known, gone (deleted on the platform), failed. `asked_at`: when the platform last told.
CREATE TABLE post (
    workspace_id     uuid NOT NULL,
    id               uuid NOT NULL,
    account_id       uuid NOT NULL,
    platform_post_id text NOT NULL,
    url              text,
    text             text,
    author_name      text,
    kind             text,
    posted_at        timestamptz,
    picture_url      text,
    picture_id       uuid,
    state            text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'known', 'gone', 'failed')),
    state_reason     text,
    attempts         smallint NOT NULL DEFAULT 0,
    next_try_at      timestamptz,
    asked_at         timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX post_platform_id ON post (account_id, platform_post_id);
CREATE INDEX post_due ON post (next_try_at) WHERE state = 'due';

INSERT INTO post (workspace_id, id, account_id, platform_post_id, url, text, author_name, next_try_at, created_at, updated_at)
SELECT DISTINCT ON (account_id, metadata ->> 'post_id')
       workspace_id, gen_random_uuid(), account_id, metadata ->> 'post_id', metadata ->> 'post_url', metadata ->> 'post_text',
       metadata ->> 'post_author', created_at, created_at, created_at
FROM conversation WHERE metadata ? 'post_id' ORDER BY account_id, metadata ->> 'post_id', created_at;

-- `alt`: the description of a picture. `post_id`: the picture of a post belongs to no message.
ALTER TABLE attachment
    ADD COLUMN alt     text,
    ADD COLUMN post_id uuid;

-- Whom our accounts have banned, by account ----------------------------------------------------------------------------------

ALTER TABLE identity ADD COLUMN banned_by uuid[] NOT NULL DEFAULT '{}';

-- Comments that were answered privately: between which thread and which -------------------------------------------------------

CREATE TABLE private_reply (
    workspace_id    uuid NOT NULL,
    message_id      uuid NOT NULL,
    conversation_id uuid NOT NULL,
    account_id      uuid NOT NULL,
    source          text NOT NULL,
    thread_key      text NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, message_id)
);
CREATE INDEX private_reply_conversation ON private_reply (workspace_id, conversation_id);
CREATE INDEX private_reply_thread ON private_reply (workspace_id, account_id, source, thread_key);

-- Texts that the platform approved, as it last listed them ----------------------------------------------------------------------

CREATE TABLE account_templates (
    workspace_id uuid NOT NULL,
    account_id   uuid NOT NULL,
    templates    jsonb NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, account_id)
);
