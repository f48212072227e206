-- Which positions did somebody write off or take back, at which price and why?
-- Needs: book. Every word, oldest first; the last one of a symbol counts.
SELECT w.symbol, w.said, w.price, w.who, w.because, w.at
FROM write_offs w
WHERE w.book = :book
ORDER BY w.id
