-- What is halted or only reducing now, who said so, and why?
-- Needs nothing. One row a scope (a book, or * for all of them), the newest word on it.
SELECT h.scope, h.state, h.who, h.why, h.figures, h.at
FROM halts h
WHERE h.id IN (SELECT MAX(newest.id) FROM halts newest GROUP BY newest.scope)
  AND h.state <> 'normal'
ORDER BY h.scope
