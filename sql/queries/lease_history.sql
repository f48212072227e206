-- Which process worked this book, and from when?
-- Needs: book. Oldest first; each one ended the right of the one before it to write.
SELECT l.token, l.holder, l.taken_at, l.why
FROM lease_log l
WHERE l.book = :book
ORDER BY l.token
