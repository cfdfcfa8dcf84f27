-- replica: plainRead
EXPLAIN SELECT * FROM accounts

-- replica: plainRead; varies
EXPLAIN ANALYZE SELECT * FROM accounts

-- replica: plainRead
EXPLAIN VERBOSE SELECT * FROM accounts

-- replica: plainRead; varies
EXPLAIN ANALYZE VERBOSE SELECT * FROM accounts

-- replica: plainRead; varies
explain (analyze, buffers, format json) select * from accounts where id = 1

-- replica: plainRead
EXPLAIN (ANALYZE false) SELECT 1

-- replica: plainRead
EXPLAIN (SELECT 1)

-- replica: plainRead
EXPLAIN ((SELECT 1) UNION SELECT 2)

-- replica: plainRead
EXPLAIN WITH x AS (SELECT 1) SELECT * FROM x

-- replica: plainRead
EXPLAIN VALUES (1)

-- replica: plainRead
EXPLAIN (COSTS OFF) VALUES (1)

-- primary: explainsNoRead; by INSERT
EXPLAIN INSERT INTO accounts (id) VALUES (1)

-- primary: explainsNoRead
EXPLAIN (ANALYZE false) INSERT INTO accounts (id) VALUES (1)

-- primary: explainsNoRead
EXPLAIN (analyze 'off') UPDATE accounts SET balance = 1

-- primary: explainsNoRead
EXPLAIN (COSTS, analyze 0) DELETE FROM items

-- primary: explainsNoRead
EXPLAIN SELECT nextval('order_numbers')

-- primary: explainsNoRead
EXPLAIN SELECT * FROM accounts FOR UPDATE

-- primary: explainsNoRead
EXPLAIN CREATE TABLE x AS SELECT 1

-- primary: explainsNoRead
EXPLAIN CREATE TEMP TABLE x AS SELECT 1

-- primary: sqlPrepared; effects sqlPrepared usesPreparedName; invalid
EXPLAIN (ANALYZE off, ANALYZE on) PREPARE x AS SELECT 1

-- primary: writesRows
EXPLAIN ANALYZE INSERT INTO accounts (id) VALUES (9100)

-- primary: writesRows
EXPLAIN (ANALYZE) INSERT INTO accounts (id) VALUES (9101)

-- primary: writesRows
EXPLAIN (analyze true, verbose) DELETE FROM items

-- primary: writesRows
EXPLAIN ("analyze") DELETE FROM items

-- primary: writesRows; invalid
EXPLAIN (ANALYZE maybe) DELETE FROM items

-- primary: advancesSequence; effects sequence
EXPLAIN ANALYZE SELECT nextval('order_numbers')

-- primary: advancesSequence; effects sequence
EXPLAIN (FORMAT json, ANALYZE 1) SELECT nextval('order_numbers')

-- primary: locksRows
EXPLAIN ANALYSE SELECT * FROM accounts FOR UPDATE

-- primary: writingQuery
EXPLAIN ANALYZE WITH x AS (DELETE FROM items RETURNING 1) SELECT * FROM x

-- primary: changesSchema; effects temporaryObject
EXPLAIN ANALYZE CREATE TEMP TABLE x AS SELECT 1

-- primary: sqlPrepared; effects usesPreparedName; after PREPARE p AS SELECT 1
EXPLAIN ANALYZE EXECUTE p

-- primary: explainsNoRead; effects usesPreparedName; after PREPARE p AS SELECT 1
EXPLAIN EXECUTE p

-- primary: unknownSyntax; effects unexamined; invalid
EXPLAIN ANALYZE EXPLAIN SELECT 1

-- primary: explainsNoRead; invalid
EXPLAIN EXPLAIN SELECT 1

-- primary: unknownSyntax; effects unexamined; invalid
EXPLAIN

-- primary: unknownSyntax; effects unexamined; invalid
EXPLAIN (ANALYZE)

-- replica: plainRead
COPY accounts TO STDOUT

-- replica: plainRead
COPY shop.products (id, name) TO STDOUT WITH (FORMAT csv, HEADER)

-- replica: plainRead
copy binary accounts to stdout

-- replica: plainRead
COPY accounts TO STDIN

-- replica: plainRead
COPY (SELECT * FROM accounts WHERE id IN (1, 2)) TO STDOUT (FORMAT csv, FORCE_QUOTE (owner))

-- replica: plainRead
COPY (TABLE accounts) TO STDOUT CSV HEADER

-- replica: plainRead
COPY (VALUES (1)) TO STDOUT

-- replica: plainRead
COPY (WITH x AS (SELECT 1) SELECT * FROM x) TO STDOUT

-- primary: copiesIn; by FROM
COPY accounts FROM STDIN

-- primary: copiesIn
COPY accounts (id, owner) FROM STDIN WITH (FORMAT csv)

-- primary: copiesIn; not run
COPY accounts FROM '/tmp/file'

-- primary: copiesIn; not run
COPY accounts FROM PROGRAM 'cat /tmp/file'

-- primary: copiesToServer; not run
COPY accounts TO '/tmp/file'

-- primary: copiesToServer; not run
COPY accounts TO PROGRAM 'cat > /tmp/file'

-- primary: copiesToServer; not run
COPY (SELECT 1) TO '/tmp/file'

-- primary: writesRows
COPY (INSERT INTO accounts (id) VALUES (9200) RETURNING id) TO STDOUT

-- primary: advancesSequence; effects sequence
COPY (SELECT nextval('order_numbers')) TO STDOUT

-- primary: locksRows
COPY (SELECT * FROM accounts FOR UPDATE) TO STDOUT

-- primary: unknownFunction
COPY (SELECT write_it(9201)) TO STDOUT

-- primary: temporaryObject; effects temporaryObject; after CREATE TEMP TABLE session_table (id int)
COPY pg_temp.session_table TO STDOUT

-- primary: unknownSyntax; effects unexamined; invalid
COPY

-- primary: unknownSyntax; effects unexamined; invalid
COPY () TO STDOUT

-- primary: unknownSyntax; effects unexamined; invalid
COPY (COPY (SELECT 1) TO STDOUT) TO STDOUT
