-- When an account's credentials end, and when something is to be done about it -------------------------------------------

-- token_due_at: the next try to renew them, or the time to warn where the platform has no renewal.
ALTER TABLE channel_account
    ADD COLUMN token_given_at   timestamptz,
    ADD COLUMN token_expires_at timestamptz,
    ADD COLUMN token_due_at     timestamptz,
    ADD COLUMN token_failures   smallint NOT NULL DEFAULT 0,
    ADD COLUMN token_warned_at  timestamptz;
CREATE INDEX channel_account_token_due ON channel_account (token_due_at)
    WHERE token_due_at IS NOT NULL AND status IN ('connected', 'paused');

-- Authorizations: a person was sent to the platform and is to come back ---------------------------------------------------

-- `sealed` holds what was given before and the PKCE verifier, later the choices with their tokens, at the end nothing.
CREATE TABLE account_authorization (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    platform     text NOT NULL,
    account_id   uuid,
    state_hash   bytea NOT NULL UNIQUE,
    status       text NOT NULL CHECK (status IN ('waiting', 'exchanging', 'ready', 'failed', 'done')),
    sealed       bytea NOT NULL,
    error        text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX account_authorization_expires ON account_authorization (expires_at);
