-- Who said yes or no to which plan, and until when did it hold?
-- Needs: book. Every answer, oldest first; the newest to a plan counts.
SELECT a.id, c.session, a.cycle_id, a.plan_hash, p.revision, a.decision, a.who, a.note, a.decided_at, a.expires_at,
       a.price_band_pct, a.orders
FROM approvals a
JOIN plans p ON p.plan_hash = a.plan_hash
JOIN cycles c ON c.cycle_id = a.cycle_id
WHERE c.book = :book
ORDER BY a.id
