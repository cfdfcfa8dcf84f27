-- primary: locksRows; by FOR UPDATE
SELECT * FROM accounts WHERE id = 1 FOR UPDATE

-- primary: locksRows
select * from accounts for update nowait

-- primary: locksRows
SELECT * FROM accounts FOR UPDATE OF accounts SKIP LOCKED

-- primary: locksRows; by FOR NO KEY UPDATE
SELECT * FROM accounts FOR NO KEY UPDATE

-- primary: locksRows; by FOR SHARE
SELECT * FROM accounts FOR SHARE

-- primary: locksRows; by FOR KEY SHARE
SELECT * FROM accounts FOR KEY SHARE

-- primary: locksRows
SELECT * FROM accounts ORDER BY id LIMIT 1 FOR/* comment */UPDATE

-- primary: locksRows
SELECT * FROM accounts FOR -- comment
SHARE

-- primary: locksRows
SELECT * FROM (SELECT * FROM accounts FOR UPDATE) x

-- primary: locksRows
WITH x AS (SELECT * FROM accounts FOR SHARE) SELECT * FROM x

-- primary: locksRows
SELECT 1 WHERE EXISTS (SELECT 1 FROM accounts FOR KEY SHARE)

-- primary: locksRows
(SELECT * FROM accounts) FOR UPDATE

-- primary: locksRows
TABLE accounts FOR UPDATE

-- primary: locksRows; statements 2
SELECT * FROM accounts FOR READ ONLY; SELECT 1 FOR UPDATE

-- replica: plainRead
SELECT ' for update ', "for update" FROM (SELECT 1 AS "for update") x

-- replica: plainRead
SELECT $$ for update $$, $x$ $$ for update $x$

-- replica: plainRead
SELECT 1 -- for update

-- replica: plainRead
SELECT 1 /* for update */

-- replica: plainRead
SELECT substring('abc' FROM 1 FOR 2)
