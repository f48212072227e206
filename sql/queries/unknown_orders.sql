-- Of which orders does nobody know whether they live?
-- Needs: book. No answer came, or they were put on the wire under a lease that another process has taken over since.
SELECT s.key, s.cycle_id, s.order_id, s.symbol, s.side, s.shares, e.state, e.at, e.reason, e.token,
       t.opened_at, t.sentence
FROM slices s
JOIN cycles c ON c.cycle_id = s.cycle_id
JOIN order_events e ON e.id = (SELECT MAX(newest.id) FROM order_events newest WHERE newest.key = s.key)
LEFT JOIN leases l ON l.book = c.book
LEFT JOIN tickets t ON t.key = s.key
WHERE c.book = :book
  AND (e.state = 'unknown' OR (e.state = 'sent' AND e.token < l.token))
ORDER BY e.at, s.key
