-- What on record has this name?
-- Needs: name. A report, session, order, slice, execution, plan, snapshot or break; of a hash, eight characters will do.
SELECT 'report' AS kind, r.sha256 AS name, r.cycle_id AS cycle_id
FROM reports r WHERE r.sha256 = :name OR (LENGTH(:name) >= 8 AND SUBSTR(r.sha256, 1, LENGTH(:name)) = :name)
UNION
SELECT 'session', c.cycle_id, c.cycle_id FROM cycles c WHERE c.cycle_id = :name
UNION
SELECT 'order', o.order_id, o.cycle_id FROM orders o WHERE o.order_id = :name
UNION
SELECT 'slice', s.key, s.cycle_id FROM slices s WHERE s.key = :name
UNION
SELECT 'execution', f.execution_id, f.cycle_id FROM fills f WHERE f.execution_id = :name
UNION
SELECT 'plan', p.plan_hash, p.cycle_id
FROM plans p WHERE p.plan_hash = :name OR (LENGTH(:name) >= 8 AND SUBSTR(p.plan_hash, 1, LENGTH(:name)) = :name)
UNION
SELECT 'snapshot', n.sha256, ''
FROM snapshots n WHERE n.sha256 = :name OR (LENGTH(:name) >= 8 AND SUBSTR(n.sha256, 1, LENGTH(:name)) = :name)
UNION
SELECT 'break', b.break_id, b.cycle_id FROM breaks b WHERE b.break_id = :name
ORDER BY 1, 2, 3
