-- Which plans were made for a session?
-- Needs: cycle_id. Newest first: one an attempt, and revision is the attempt's number.
SELECT p.plan_hash, p.revision, p.body, p.created_at
FROM plans p
WHERE p.cycle_id = :cycle_id
ORDER BY p.revision DESC
