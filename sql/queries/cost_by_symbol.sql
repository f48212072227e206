-- What did trading each symbol cost in one session, against the price it was decided at?
-- Needs: cycle_id. USD to the cent, positive is a cost; what was ordered and not filled costs nothing here. Sums are
-- exact on PostgreSQL; SQLite adds in floating point, so half a cent may be rounded either way. The report is exact.
-- Of an execution and all its corrections one row counts, as in the ledger: the end of the chain, and of several ends the
-- broker's (a name without `~`) before a person's, then the newest.
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
SELECT o.symbol,
       COUNT(f.execution_id) AS execution_count,
       COALESCE(SUM(f.shares), 0) AS filled_shares,
       ROUND(COALESCE(SUM(f.shares * f.price), 0), 2) AS traded_usd,
       ROUND(COALESCE(SUM(CASE o.side WHEN 'BUY' THEN 1 ELSE -1 END * f.shares * (f.price - o.decision_price)), 0), 2)
           AS price_cost_usd,
       ROUND(COALESCE(SUM(f.fee), 0), 2) AS fees_usd
FROM orders o
LEFT JOIN slices s ON s.order_id = o.order_id
LEFT JOIN standing f ON f.key = s.key
WHERE o.cycle_id = :cycle_id
GROUP BY o.symbol
ORDER BY o.symbol
