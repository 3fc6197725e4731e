-- The SLA policy that a rule gave a conversation, before whatever the policies' own conditions say.
ALTER TABLE conversation ADD COLUMN pinned_policy_id uuid;
