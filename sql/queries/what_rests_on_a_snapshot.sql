-- Which sessions were decided on these prices?
-- Needs: sha256. One row an attempt, newest session first; plan_hash is empty where it came to no plan.
SELECT t.cycle_id, t.attempt, c.book, c.session, c.status, p.plan_hash,
       (SELECT COUNT(*) FROM orders o WHERE o.plan_hash = p.plan_hash) AS order_count
FROM steps t
JOIN cycles c ON c.cycle_id = t.cycle_id
LEFT JOIN plans p ON p.cycle_id = t.cycle_id AND p.revision = t.attempt
WHERE t.step = 'download' AND CAST(t.output AS TEXT) LIKE '%' || :sha256 || '%'
ORDER BY c.session DESC, t.cycle_id, t.attempt
