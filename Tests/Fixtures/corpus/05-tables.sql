--! primary: an unlogged table
SELECT * FROM cache_entries
SELECT value FROM public.cache_entries WHERE key = 'a'
SELECT count(*) FROM "cache_entries"
TABLE cache_entries
SELECT c.id FROM customers c JOIN shop.carts k ON k.customer_id = c.id
SELECT EXISTS (SELECT 1 FROM cache_entries WHERE key = 'z')
SELECT id FROM customers WHERE name IN (SELECT value FROM cache_entries)
WITH c AS (SELECT * FROM cache_entries) SELECT count(*) FROM c
SELECT * FROM cached
SELECT * FROM over_cached
SELECT count(*) FROM jobs_running
SELECT cached_value('a')
SELECT count(cached_value(name)) FROM customers WHERE id < 3
COPY cache_entries TO STDOUT
COPY (SELECT * FROM cache_entries) TO STDOUT
SELECT cache_entries FROM cache_entries
SELECT * FROM CACHE_ENTRIES
SELECT * FROM ONLY cache_entries

--! primary: a partition or child that is unlogged
SELECT * FROM readings
SELECT count(*) FROM readings_new
SELECT * FROM over_readings
SELECT * FROM readings WHERE day > '2024-06-01'
SELECT count(*) FROM jobs
SELECT * FROM jobs *

--! caution: the unlogged partition is pruned or excluded
SELECT * FROM readings WHERE day < '2022-01-01'
SELECT * FROM ONLY jobs
SELECT * FROM readings_old

--! read: a logged table with the name of an unlogged one elsewhere
SELECT * FROM shop.cache_entries
SELECT c.value FROM shop."cache_entries" c

--! caution: a foreign table
SELECT * FROM price_list
SELECT sku FROM price_list WHERE price > 15
SELECT count(*) FROM remote_customers
SELECT r.name FROM remote_customers r JOIN customers c USING (id) WHERE c.id < 4 ORDER BY 1
SELECT * FROM over_foreign
SELECT * FROM imports WHERE id < 4 ORDER BY id
SELECT * FROM imports_there WHERE id = 2
SELECT remote_count()

--! primary: a foreign table that is written, read elsewhere | because it reads what another server may just have been told
UPDATE remote_customers SET name = name WHERE id = 3
INSERT INTO imports VALUES (1500, 'here')

--! primary: refused: a foreign server that does not answer
SELECT * FROM unreachable

--! read: partitions
SELECT * FROM events ORDER BY id LIMIT 5
SELECT count(*) FROM events WHERE day >= '2025-01-01'
SELECT * FROM events_2024 ORDER BY id LIMIT 2
SELECT tableoid::regclass, count(*) FROM events GROUP BY 1 ORDER BY 1
SELECT e.id FROM events e JOIN events f USING (id, day) WHERE e.kind = 'a' ORDER BY 1 LIMIT 3
SELECT count(*) FROM events_2025_other

--! read: inheritance
SELECT * FROM vehicles ORDER BY id
SELECT * FROM ONLY vehicles
SELECT * FROM vehicles * ORDER BY id
SELECT v.tableoid::regclass, v.* FROM vehicles v ORDER BY id
SELECT * FROM cars ORDER BY id

--! primary: a temporary table | after CREATE TEMP TABLE mine (id int)
SELECT * FROM mine
SELECT count(*) FROM pg_temp.mine
INSERT INTO mine VALUES (1)
SELECT c.id FROM customers c LEFT JOIN mine m ON m.id = c.id WHERE c.id < 3 ORDER BY 1
TABLE mine

--! primary: a temporary table that hides another | after CREATE TEMP TABLE customers (id int, name text) | after INSERT INTO customers VALUES (1, 'temporary')
SELECT * FROM customers
SELECT name FROM customers WHERE id = 1

--! primary: a temporary view | after CREATE TEMP VIEW vw AS SELECT 'temporary' AS x
SELECT * FROM vw

--! primary: a table as it was just filled in the session | after CREATE TEMP TABLE filled AS SELECT * FROM customers
SELECT count(*) FROM filled

--! primary: making a temporary table
CREATE TEMP TABLE t_made (id int)
CREATE TEMPORARY TABLE t_made AS SELECT * FROM customers
CREATE LOCAL TEMP TABLE t_made (id int) ON COMMIT DELETE ROWS
CREATE TABLE pg_temp.t_made (id int)
SELECT * INTO TEMP t_made FROM customers
SELECT id INTO TEMPORARY TABLE t_made FROM customers WHERE id < 3
CREATE TEMP SEQUENCE t_seq
CREATE TEMP VIEW t_view AS SELECT 1
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'

--! primary: a sequence read as a table: a standby is ahead by what is logged in advance | after SELECT nextval('numbers')
SELECT last_value, is_called FROM numbers
SELECT last_value FROM "Mixed Case"."Order Numbers" WHERE nextval('"Mixed Case"."Order Numbers"') > 0

--! read: tables that functions write to
SELECT name FROM audit.counters ORDER BY name
SELECT count(*) >= 0 FROM audit.log
SELECT * FROM audit.log WHERE false
SELECT count(*) >= 0 FROM scratch

--! primary: locking clauses
SELECT * FROM customers WHERE id = 1 FOR UPDATE
SELECT * FROM customers WHERE id = 1 FOR NO KEY UPDATE
SELECT * FROM customers WHERE id = 1 FOR SHARE
SELECT * FROM customers WHERE id = 1 FOR KEY SHARE
SELECT * FROM customers WHERE id = 1 FOR UPDATE NOWAIT
SELECT * FROM customers ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 1 FOR UPDATE OF c
SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 1 FOR SHARE OF o FOR UPDATE OF c NOWAIT
SELECT * FROM (SELECT id FROM customers WHERE id = 1 FOR UPDATE) x
SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE id = 1 FOR SHARE)
SELECT (SELECT id FROM customers WHERE id = 1 FOR UPDATE)
SELECT id FROM customers WHERE id IN (SELECT id FROM orders WHERE id = 1 FOR KEY SHARE)
WITH l AS (SELECT id FROM customers WHERE id = 1 FOR UPDATE) SELECT * FROM l
(SELECT id FROM customers WHERE id = 1 FOR UPDATE)
SELECT * FROM short_names WHERE id = 1 FOR UPDATE
SELECT * FROM customers c, LATERAL (SELECT id FROM orders o WHERE o.customer_id = c.id LIMIT 1 FOR UPDATE) l WHERE c.id = 1
SELECT id FROM customers WHERE id = 1 FOR/**/UPDATE
SELECT id FROM customers WHERE id = 1 for
  update
SELECT id FROM customers LIMIT 1 FOR UPDATE OF customers
SELECT ARRAY(SELECT id FROM customers WHERE id < 3 FOR SHARE)

--! read: words of locking clauses that are none
SELECT id AS "for update" FROM customers WHERE name <> 'for update' ORDER BY id LIMIT 1 -- FOR UPDATE
SELECT update_for FROM (SELECT 1 AS update_for) share
SELECT substring('abc' for 2), 'FOR UPDATE'

--! primary: SELECT INTO | undo DROP TABLE IF EXISTS made
SELECT * INTO made FROM customers
SELECT id INTO TABLE made FROM customers WHERE id < 3
SELECT id INTO UNLOGGED made FROM customers
SELECT 1 AS a INTO made
WITH x AS (SELECT 1 AS a) SELECT a INTO made FROM x
SELECT count(*) AS n INTO public.made FROM orders GROUP BY status
SELECT 1 AS a INTO made UNION SELECT 2
CREATE TABLE made AS SELECT * FROM customers
CREATE TABLE IF NOT EXISTS made AS TABLE customers WITH NO DATA
CREATE UNLOGGED TABLE made AS VALUES (1)
CREATE TABLE made (LIKE customers INCLUDING ALL)
