-- What did trading each symbol cost in one session, against the price it was decided at?
-- Needs: cycle_id. USD to the cent, positive is a cost; what was ordered and not filled costs nothing here. Sums are
-- exact on PostgreSQL; SQLite adds in floating point, so half a cent may be rounded either way. The report is exact.
SELECT o.symbol,
       COUNT(f.execution_id) AS execution_count,
       COALESCE(SUM(f.shares), 0) AS filled_shares,
       ROUND(COALESCE(SUM(f.shares * f.price), 0), 2) AS traded_usd,
       ROUND(COALESCE(SUM(CASE o.side WHEN 'BUY' THEN 1 ELSE -1 END * f.shares * (f.price - o.decision_price)), 0), 2)
           AS price_cost_usd,
       ROUND(COALESCE(SUM(f.fee), 0), 2) AS fees_usd
FROM orders o
LEFT JOIN slices s ON s.order_id = o.order_id
LEFT JOIN fills f
       ON f.key = s.key
      AND NOT EXISTS (SELECT 1 FROM fills c WHERE c.broker = f.broker AND c.supersedes = f.execution_id)
WHERE o.cycle_id = :cycle_id
GROUP BY o.symbol
ORDER BY o.symbol
