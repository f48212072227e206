-- Which reports were written about a session?
-- Needs: cycle_id. Newest first: each one replaced the file of the one before it.
SELECT r.id, r.sha256, r.path, r.summary, r.created_at
FROM reports r
WHERE r.cycle_id = :cycle_id
ORDER BY r.id DESC
