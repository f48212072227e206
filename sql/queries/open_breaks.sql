-- Where do our ledger and the broker's differ, and nobody has said why?
-- Needs: book. Oldest first; the symbol of each is locked.
SELECT b.break_id, b.cycle_id, b.symbol, b.kind, b.cause, b.ours, b.theirs, b.amount_usd, b.sentence, b.found_at
FROM breaks b
LEFT JOIN explanations x ON x.break_id = b.break_id
WHERE b.book = :book AND x.break_id IS NULL
ORDER BY b.found_at, b.break_id
