-- Teams and agents --------------------------------------------------------------------------------------------------------------

CREATE TABLE team (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    description  text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX team_name ON team (workspace_id, lower(name));

CREATE TABLE team_member (
    workspace_id uuid NOT NULL,
    team_id      uuid NOT NULL,
    user_id      uuid NOT NULL,
    PRIMARY KEY (workspace_id, team_id, user_id),
    FOREIGN KEY (workspace_id, team_id) REFERENCES team (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX team_member_user ON team_member (workspace_id, user_id);

-- A member's row appears with the first setting or assignment; without one there is no limit.
-- `capacities`: {"platform:<key>": n, "source:<dm|comment|mention|review>": n}, beside the overall capacity.
-- `hours`: {"zone": IANA name, "week": {"mon": [["09:00", "17:00"]], ...}}; null: always on duty.
CREATE TABLE agent (
    workspace_id     uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id          uuid NOT NULL,
    capacity         integer CHECK (capacity >= 0),
    capacities       jsonb NOT NULL DEFAULT '{}',
    hours            jsonb,
    last_assigned_at timestamptz,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);

-- `automatic`: by presence, not by the person's own choice. `chosen`: what the person chose, kept while presence overrides it.
CREATE TABLE agent_status (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL,
    status       text NOT NULL CHECK (status IN ('online', 'away', 'offline')),
    since        timestamptz NOT NULL,
    automatic    boolean NOT NULL DEFAULT true,
    chosen       text CHECK (chosen IN ('online', 'away', 'offline')),
    PRIMARY KEY (workspace_id, user_id)
);

-- Every change of a status, for looking back: a span lasts until the next row of the same agent.
CREATE TABLE agent_status_span (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL,
    since        timestamptz NOT NULL,
    status       text NOT NULL,
    PRIMARY KEY (workspace_id, user_id, since)
);
CREATE INDEX agent_status_span_time ON agent_status_span (workspace_id, since);

CREATE TABLE skill (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX skill_name ON skill (workspace_id, lower(name));

CREATE TABLE agent_skill (
    workspace_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    skill_id     uuid NOT NULL,
    level        smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    PRIMARY KEY (workspace_id, user_id, skill_id),
    FOREIGN KEY (workspace_id, skill_id) REFERENCES skill (workspace_id, id) ON DELETE CASCADE
);

-- `language` is a two-letter code. Nobody without rows is limited by language; the same goes for accounts.
CREATE TABLE agent_language (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL,
    language     text NOT NULL,
    level        smallint NOT NULL DEFAULT 3 CHECK (level BETWEEN 1 AND 5),
    PRIMARY KEY (workspace_id, user_id, language)
);

CREATE TABLE agent_account (
    workspace_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    account_id   uuid NOT NULL,
    PRIMARY KEY (workspace_id, user_id, account_id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES channel_account (workspace_id, id) ON DELETE CASCADE
);

-- Policies ----------------------------------------------------------------------------------------------------------------------

-- One for a team, else for the account, else for the workspace (both null). None at all: the workspace's setting `routing`.
-- `routing_steps`: [{"after_s": n, "skills": {skill id: level} | null, "team_id": id | null, "any_team": bool, "any_language": bool}]
CREATE TABLE routing_policy (
    workspace_id         uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    id                   uuid NOT NULL,
    name                 text NOT NULL,
    account_id           uuid,
    team_id              uuid,
    enabled              boolean NOT NULL DEFAULT true,
    strategy             text NOT NULL
        CHECK (strategy IN ('manual', 'previous_agent', 'round_robin', 'load_balanced', 'skill_based')),
    on_offline           text NOT NULL DEFAULT 'stay' CHECK (on_offline IN ('stay', 'reassign')),
    sticky               boolean NOT NULL DEFAULT true,
    sticky_wait_s        integer CHECK (sticky_wait_s > 0),
    fair_limit           integer CHECK (fair_limit > 0),
    fair_window_s        integer NOT NULL DEFAULT 3600 CHECK (fair_window_s > 0),
    language_level       smallint NOT NULL DEFAULT 1 CHECK (language_level BETWEEN 1 AND 5),
    excluded_tags        text[] NOT NULL DEFAULT '{}',
    exclude_older_than_s integer CHECK (exclude_older_than_s > 0),
    routing_steps        jsonb NOT NULL DEFAULT '[]',
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CHECK (account_id IS NULL OR team_id IS NULL),
    FOREIGN KEY (workspace_id, account_id) REFERENCES channel_account (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, team_id) REFERENCES team (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX routing_policy_place ON routing_policy (workspace_id, account_id, team_id) NULLS NOT DISTINCT;

-- Assignments -------------------------------------------------------------------------------------------------------------------

-- Who got what, when and why; `agent_id` null: it went back to the queue. `by`: system, user:<id> or key:<id>.
-- `waited_s`: how long it had been in the queue.
CREATE TABLE assignment (
    workspace_id    uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    agent_id        uuid,
    before_id       uuid,
    team_id         uuid,
    policy_id       uuid,
    automatic       boolean NOT NULL,
    by              text NOT NULL,
    reasons         jsonb NOT NULL,
    waited_s        integer,
    at              timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX assignment_agent ON assignment (workspace_id, agent_id, at) WHERE automatic AND agent_id IS NOT NULL;
CREATE INDEX assignment_conversation ON assignment (workspace_id, conversation_id, at);
CREATE INDEX assignment_time ON assignment (workspace_id, at);

-- `queued_at`: when a hand-over or a transfer put it into the queue anew; else the age is that of being open.
-- `language`: two-letter code, null while unknown. `required_skills`: {skill id: level}.
ALTER TABLE conversation
    ADD COLUMN team_id         uuid,
    ADD COLUMN language        text,
    ADD COLUMN required_skills jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN queued_at       timestamptz,
    ADD COLUMN bot_owned       boolean NOT NULL DEFAULT false;

-- The queue and every agent's load, as they are looked at for each decision.
CREATE INDEX conversation_queue ON conversation (workspace_id, priority DESC, (greatest(status_at, queued_at)), id)
    WHERE status = 'open' AND assigned_to IS NULL AND NOT bot_owned;
CREATE INDEX conversation_load ON conversation (workspace_id, assigned_to, platform, source)
    WHERE status = 'open' AND assigned_to IS NOT NULL;

-- Presence and languages -----------------------------------------------------------------------------------------------------

-- Who is connected through which process. `expires_at` is a lease that the process renews; after the last connection is lost
-- it runs out on its own, which is the grace time, and that of a killed process runs out the same way.
CREATE TABLE agent_connection (
    workspace_id uuid NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL,
    node         text NOT NULL,
    devices      integer NOT NULL,
    active_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, user_id, node)
);
CREATE INDEX agent_connection_end ON agent_connection (expires_at);

-- Up to which message the language was looked for; the largest number: it is settled, by much text or by a person.
ALTER TABLE conversation
    ADD COLUMN language_arrival bigint NOT NULL DEFAULT 0,
    ADD COLUMN language_by      text CHECK (language_by IN ('detected', 'person'));
CREATE INDEX conversation_language ON conversation (workspace_id, id) WHERE language_arrival < last_arrival;
