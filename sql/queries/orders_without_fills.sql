-- Which orders of a session got nothing?
-- Needs: cycle_id. An execution that was busted or corrected does not count.
SELECT o.order_id, o.symbol, o.side, o.shares, o.algorithm, o.reason,
       (SELECT COUNT(*) FROM slices s WHERE s.order_id = o.order_id) AS slice_count
FROM orders o
WHERE o.cycle_id = :cycle_id
  AND NOT EXISTS (
      SELECT 1
      FROM slices s
      JOIN fills f ON f.key = s.key
      WHERE s.order_id = o.order_id
        AND CAST(f.shares AS NUMERIC) <> 0
        AND NOT EXISTS (SELECT 1 FROM fills c WHERE c.broker = f.broker AND c.supersedes = f.execution_id)
  )
ORDER BY o.symbol, o.side
