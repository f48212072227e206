-- What happened to one child order?
-- Needs: key. Its events in the order they were recorded, with the executions, the ticket and people's words between
-- them by time; at one moment the events come first.
SELECT h.at, h.what, h.state, h.words, h.shares, h.price, h.token
FROM (
    SELECT e.at, 1 AS place, e.id AS number, 'event' AS what, e.state AS state, e.reason AS words,
           CAST(NULL AS NUMERIC) AS shares, CAST(NULL AS NUMERIC) AS price, e.token AS token
    FROM order_events e WHERE e.key = :key
    UNION ALL
    SELECT f.at, 2, 0, 'execution', '', f.execution_id, f.shares, f.price, NULL
    FROM fills f WHERE f.key = :key
    UNION ALL
    SELECT t.opened_at, 3, 0, 'ticket', '', t.sentence, NULL, NULL, NULL
    FROM tickets t WHERE t.key = :key
    UNION ALL
    SELECT r.at, 4, r.id, 'resolution', r.said, r.who || ': ' || r.because, NULL, NULL, NULL
    FROM resolutions r WHERE r.key = :key
) h
ORDER BY h.at, h.place, h.number, h.words
