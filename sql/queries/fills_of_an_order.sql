-- Which executions did this order get, and which of them count?
-- Needs: order_id. One row an execution, oldest first; superseded_by names the execution that corrected it, if any.
SELECT f.broker, f.execution_id, f.key, f.symbol, f.side, f.shares, f.price, f.fee, f.at, f.venue, f.supersedes,
       correction.execution_id AS superseded_by
FROM fills f
JOIN slices s ON s.key = f.key
LEFT JOIN fills correction ON correction.broker = f.broker AND correction.supersedes = f.execution_id
WHERE s.order_id = :order_id
ORDER BY f.at, f.execution_id
