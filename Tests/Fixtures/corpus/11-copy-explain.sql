--! read: COPY out
COPY customers TO STDOUT
COPY customers (id, name) TO STDOUT
COPY public.customers TO STDOUT WITH (FORMAT csv, HEADER)
COPY (SELECT id, name FROM customers WHERE id < 5 ORDER BY id) TO STDOUT
COPY (SELECT id FROM customers WHERE id < 5 ORDER BY id) TO STDOUT (FORMAT binary)
COPY (SELECT customer_name(3)) TO STDOUT CSV
COPY (SELECT * FROM short_names) TO STDOUT DELIMITER '|'
COPY (VALUES (1), (2)) TO STDOUT
COPY (TABLE shop.products) TO STDOUT
COPY (WITH x AS (SELECT 1) SELECT * FROM x) TO STDOUT
COPY "Mixed Case"."Order Items" ("Id") TO STDOUT WITH CSV QUOTE '"' NULL 'x'
copy shop.products to stdout

--! primary: COPY
COPY scratch FROM STDIN
COPY scratch (id) FROM STDIN WITH (FORMAT csv)
COPY (SELECT log_visit('copy')) TO STDOUT
COPY (INSERT INTO scratch VALUES (1) RETURNING id) TO STDOUT
COPY (UPDATE keyed SET n = 1 WHERE id = 1 RETURNING *) TO STDOUT
COPY (DELETE FROM scratch RETURNING id) TO STDOUT
COPY (SELECT id FROM customers WHERE id = 1 FOR UPDATE) TO STDOUT
COPY (SELECT * FROM noting_customers) TO STDOUT
COPY (WITH x AS (INSERT INTO scratch VALUES (1) RETURNING id) SELECT * FROM x) TO STDOUT
COPY (SELECT nextval('numbers')) TO STDOUT
copy (select pg_try_advisory_lock(1)) to stdout

--! read: EXPLAIN of a read | varies
EXPLAIN SELECT * FROM customers
EXPLAIN (COSTS OFF) SELECT * FROM customers WHERE id = 1
EXPLAIN ANALYZE SELECT count(*) FROM orders
EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) SELECT * FROM short_names
EXPLAIN (ANALYZE false, VERBOSE, FORMAT json) SELECT tax(1)
EXPLAIN VERBOSE SELECT customer_name(1)
EXPLAIN ANALYZE VERBOSE TABLE shop.products
EXPLAIN (FORMAT yaml, SETTINGS) WITH x AS (SELECT 1) SELECT * FROM x
EXPLAIN (ANALYZE on, WAL on) VALUES (1)
explain(analyze)select 1

--! primary: EXPLAIN that runs a write
EXPLAIN ANALYZE INSERT INTO scratch VALUES (1, 'x')
EXPLAIN (ANALYZE) UPDATE keyed SET n = 1 WHERE id = 1
EXPLAIN (ANALYZE, VERBOSE) DELETE FROM scratch
EXPLAIN (BUFFERS, ANALYZE TRUE) WITH x AS (INSERT INTO scratch VALUES (1) RETURNING id) SELECT * FROM x
EXPLAIN ANALYZE SELECT log_visit('explained')
EXPLAIN ANALYZE SELECT * FROM noting_customers
EXPLAIN ANALYZE SELECT nextval('numbers')
EXPLAIN ANALYZE SELECT * FROM customers WHERE id = 1 FOR UPDATE
EXPLAIN ANALYZE CREATE TEMP TABLE explained AS SELECT 1
EXPLAIN (ANALYZE) SELECT pg_advisory_lock(1)
EXPLAIN ANALYZE VERBOSE INSERT INTO scratch VALUES (1, 'x')
explain (verbose, analyze 1, costs off) delete from scratch
EXPLAIN (ANALYZE 'on') UPDATE keyed SET n = n WHERE id = 1
EXPLAIN (ANALYZE off, ANALYZE on) UPDATE keyed SET n = n WHERE id = 1

--! primary: EXPLAIN of a write that does not run | because its plan is that of the primary, with locks
EXPLAIN INSERT INTO scratch VALUES (1, 'x')
EXPLAIN (COSTS OFF) UPDATE keyed SET n = 1
EXPLAIN DELETE FROM scratch WHERE id = 1
EXPLAIN (ANALYZE off) INSERT INTO scratch SELECT 1
EXPLAIN (ANALYZE false) DELETE FROM scratch
EXPLAIN CREATE TABLE no_table AS SELECT 1
EXPLAIN SELECT * FROM customers WHERE id = 1 FOR UPDATE
EXPLAIN WITH x AS (DELETE FROM scratch RETURNING id) SELECT * FROM x
