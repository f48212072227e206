-- Which orders of a session got nothing?
-- Needs: cycle_id. An execution that was busted or corrected does not count, and of several corrections
-- of one execution only the one that counts in the ledger.
WITH RECURSIVE ancestry (broker, execution_id, ancestor) AS (
    SELECT broker, execution_id, execution_id FROM fills WHERE cycle_id = :cycle_id
    UNION
    SELECT a.broker, a.execution_id, f.supersedes
    FROM ancestry a
    JOIN fills f ON f.broker = a.broker AND f.execution_id = a.ancestor
    WHERE f.supersedes <> ''
), ranked AS (
    SELECT f.*,
           CASE WHEN EXISTS (SELECT 1 FROM fills c WHERE c.broker = f.broker AND c.supersedes = f.execution_id)
                THEN 0 ELSE 1 END AS ends_chain,
           CASE WHEN f.execution_id LIKE '%~%' THEN 0 ELSE 1 END AS is_the_brokers
    FROM fills f
    WHERE f.cycle_id = :cycle_id
), standing AS (
    SELECT r.*
    FROM ranked r
    WHERE NOT EXISTS (
        SELECT 1
        FROM ancestry a
        JOIN ancestry b ON b.broker = a.broker AND b.ancestor = a.ancestor
        JOIN ranked c ON c.broker = b.broker AND c.execution_id = b.execution_id
        WHERE a.broker = r.broker
          AND a.execution_id = r.execution_id
          AND (c.ends_chain, c.is_the_brokers, c.at, c.execution_id)
              > (r.ends_chain, r.is_the_brokers, r.at, r.execution_id)
    )
)
SELECT o.order_id, o.symbol, o.side, o.shares, o.algorithm, o.reason,
       (SELECT COUNT(*) FROM slices s WHERE s.order_id = o.order_id) AS slice_count
FROM orders o
WHERE o.cycle_id = :cycle_id
  AND NOT EXISTS (
      SELECT 1
      FROM slices s
      JOIN standing f ON f.key = s.key
      WHERE s.order_id = o.order_id
        AND CAST(f.shares AS NUMERIC) <> 0
  )
ORDER BY o.symbol, o.side
