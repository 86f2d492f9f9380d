-- What a problem's English sentence says, as a code and facts, so that pages can say it in their reader's language. What is there already keeps
-- its sentence alone.
ALTER TABLE outbox_steps ADD COLUMN problem_reason TEXT CHECK (json_valid(problem_reason));
ALTER TABLE webhook_deliveries ADD COLUMN problem_reason TEXT CHECK (json_valid(problem_reason));
ALTER TABLE webhook_attempts ADD COLUMN problem_reason TEXT CHECK (json_valid(problem_reason));
