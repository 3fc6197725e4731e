-- Further ids of people -------------------------------------------------------------------------------------------------------

-- Some networks name one person by several ids, and not always by the same: a phone number, a user id where it is hidden.
-- `platform_user_id` is the identity's: whichever was known first.
CREATE TABLE identity_alias (
    workspace_id     uuid NOT NULL,
    platform         text NOT NULL,
    scope            text NOT NULL DEFAULT '',
    alias            text NOT NULL,
    platform_user_id text NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, platform, scope, alias)
);
CREATE INDEX identity_alias_person ON identity_alias (workspace_id, platform, scope, platform_user_id);
