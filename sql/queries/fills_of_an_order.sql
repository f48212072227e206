-- Which executions did this order get, and which of them count?
-- Needs: order_id. One row an execution, oldest first. Of an execution and all its corrections one counts, as in the
-- ledger: the end of the chain, and of several ends the broker's (a name without `~`) before a person's, then the
-- newest. superseded_by names that one to all the others.
WITH RECURSIVE told AS (
    SELECT f.*,
           CASE WHEN EXISTS (SELECT 1 FROM fills c WHERE c.broker = f.broker AND c.supersedes = f.execution_id)
                THEN 0 ELSE 1 END AS ends_chain,
           CASE WHEN f.execution_id LIKE '%~%' THEN 0 ELSE 1 END AS is_the_brokers
    FROM fills f
    WHERE f.cycle_id = (SELECT o.cycle_id FROM orders o WHERE o.order_id = :order_id)
), ancestry (broker, execution_id, ancestor) AS (
    SELECT broker, execution_id, execution_id FROM told
    UNION
    SELECT a.broker, a.execution_id, f.supersedes
    FROM ancestry a
    JOIN fills f ON f.broker = a.broker AND f.execution_id = a.ancestor
    WHERE f.supersedes <> ''
)
SELECT f.broker, f.execution_id, f.key, f.symbol, f.side, f.shares, f.price, f.fee, f.at, f.venue, f.supersedes,
       (SELECT c.execution_id
        FROM ancestry a
        JOIN ancestry b ON b.broker = a.broker AND b.ancestor = a.ancestor
        JOIN told c ON c.broker = b.broker AND c.execution_id = b.execution_id
        WHERE a.broker = f.broker
          AND a.execution_id = f.execution_id
          AND (c.ends_chain, c.is_the_brokers, c.at, c.execution_id)
              > (f.ends_chain, f.is_the_brokers, f.at, f.execution_id)
        ORDER BY c.ends_chain DESC, c.is_the_brokers DESC, c.at DESC, c.execution_id DESC
        LIMIT 1) AS superseded_by
FROM told f
JOIN slices s ON s.key = f.key
WHERE s.order_id = :order_id
ORDER BY f.at, f.execution_id
