--! primary: INSERT
INSERT INTO scratch VALUES (1, 'a'), (2, 'b')
INSERT INTO scratch (id) VALUES (1)
INSERT INTO scratch DEFAULT VALUES
INSERT INTO scratch SELECT id, name FROM customers WHERE id < 3
INSERT INTO scratch TABLE scratch
INSERT INTO scratch (id, text) VALUES (1, DEFAULT) RETURNING id, text
INSERT INTO keyed VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET text = excluded.text, n = keyed.n + 1
INSERT INTO keyed VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE keyed.n >= 0 RETURNING *
INSERT INTO public.scratch AS s (id) VALUES (9) RETURNING s.id AS made
INSERT INTO orders (customer_id, total) VALUES (1, 5) RETURNING id
INSERT INTO orders OVERRIDING SYSTEM VALUE SELECT 1000000 + nextval('numbers'), 1
WITH x AS (SELECT 3 AS id) INSERT INTO scratch (id) SELECT id FROM x
INSERT INTO scratch WITH y AS (SELECT 4) SELECT * FROM y
insert into scratch values (5)
INSERT INTO "scratch" ("id", "text") VALUES (1, 'quoted') RETURNING "scratch"."id"
INSERT INTO events VALUES (1, '2024-05-05', 'a')
INSERT INTO scratch (text) SELECT string_agg(name, ',') FROM customers
INSERT INTO metrics SELECT 1000 + id + nextval('numbers') * 1000 FROM metrics WHERE id = 1
INSERT INTO jobs_running VALUES (9, 'x', 'y')
INSERT INTO cache_entries VALUES ('k', 'v') ON CONFLICT (key) DO UPDATE SET value = excluded.value
INSERT INTO "Mixed Case"."Order Items" VALUES (100, 'x') ON CONFLICT ("Id") DO UPDATE SET "Item Name" = excluded."Item Name"

--! primary: INSERT that may do nothing
INSERT INTO keyed VALUES (1, 'x') ON CONFLICT DO NOTHING
INSERT INTO keyed VALUES (1, 'x') ON CONFLICT ON CONSTRAINT keyed_pkey DO NOTHING
INSERT INTO scratch SELECT 1 WHERE false

--! primary: UPDATE
UPDATE keyed SET n = n + 1 WHERE id = 2
UPDATE keyed SET text = 'y', n = DEFAULT WHERE id IN (1, 2) RETURNING id, n
UPDATE keyed k SET n = c.id FROM customers c WHERE c.id = k.id AND k.id = 3
UPDATE ONLY keyed SET (text, n) = ('z', 5) WHERE id = 4
UPDATE keyed SET (text, n) = (SELECT name, id FROM customers WHERE id = 1) WHERE id = 5
UPDATE keyed SET n = 0 WHERE FALSE
WITH x AS (SELECT 6 AS id) UPDATE keyed SET n = 1 FROM x WHERE keyed.id = x.id
update "keyed" set "n" = 1 where "keyed"."id" = 6
UPDATE customers SET profile['level'] = '1', tags[1] = 't1' WHERE id = 2
UPDATE keyed SET n = (SELECT count(*) FROM orders) WHERE id = 7
UPDATE cache_entries SET value = value

--! primary: DELETE
DELETE FROM scratch
DELETE FROM scratch WHERE id = 1 RETURNING *
DELETE FROM scratch s USING customers c WHERE c.id = s.id
DELETE FROM ONLY scratch WHERE false
WITH x AS (SELECT 1 AS id) DELETE FROM scratch USING x WHERE scratch.id = x.id
delete from "scratch" where "scratch"."id" in ($$1$$)
DELETE FROM events WHERE id = 1 AND kind = 'none'

--! primary: MERGE, TRUNCATE and kin
MERGE INTO keyed k USING customers c ON k.id = c.id WHEN MATCHED AND c.id < 3 THEN UPDATE SET n = 2 WHEN MATCHED THEN DO NOTHING
MERGE INTO keyed k USING (SELECT 1 AS id) c ON k.id = c.id WHEN NOT MATCHED THEN INSERT VALUES (1, 'm') WHEN MATCHED THEN UPDATE SET n = 3
WITH s AS (SELECT 2 AS id) MERGE INTO keyed k USING s ON k.id = s.id WHEN MATCHED THEN UPDATE SET n = 4
TRUNCATE scratch
TRUNCATE TABLE scratch, jobs_running RESTART IDENTITY CASCADE
TRUNCATE ONLY scratch
LOCK TABLE scratch IN SHARE MODE
REFRESH MATERIALIZED VIEW order_totals
REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals

--! primary: WITH that writes
WITH x AS (INSERT INTO scratch VALUES (1, 'w') RETURNING id) SELECT * FROM x
WITH x AS (UPDATE keyed SET n = 1 WHERE id = 8 RETURNING *) SELECT count(*) FROM x
WITH x AS (DELETE FROM scratch RETURNING *) SELECT * FROM x
WITH a AS (SELECT 1), b AS (INSERT INTO scratch SELECT * FROM a) SELECT 1
WITH a AS MATERIALIZED (UPDATE keyed SET n = 2 WHERE id = 9 RETURNING id), b AS (SELECT id FROM a) SELECT * FROM b, a
WITH x AS (DELETE FROM scratch WHERE id < 0 RETURNING *) INSERT INTO scratch SELECT * FROM x
WITH moved AS (DELETE FROM scratch WHERE id = 5 RETURNING *), n AS (SELECT count(*) FROM moved) TABLE n
WITH x AS (INSERT INTO keyed VALUES (1, 'x') ON CONFLICT DO NOTHING RETURNING id) SELECT id FROM x UNION ALL SELECT id FROM keyed WHERE id = 1
WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3), i AS (INSERT INTO scratch SELECT n FROM t RETURNING id) SELECT sum(id) FROM i
with "x" as (insert into scratch values (1)) select 1

--! primary: CALL and DO
CALL do_work(1)

call "do_work"(i => 2)
DO $$ BEGIN INSERT INTO scratch VALUES (1, 'do'); END $$
DO LANGUAGE plpgsql 'BEGIN PERFORM log_visit(''do''); END'
DO $$ BEGIN PERFORM pg_advisory_lock(5); END $$
DO $body$ BEGIN PERFORM set_config('app.tenant', 'x', false); END $body$

--! primary: CALL and DO without effect: what they run is out of sight | because nothing shows what a body does
DO $$ BEGIN END $$
CALL report(5)
CALL do_nothing()
DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM customers; END $$

--! primary: CALL that commits | alone
CALL commit_twice()

--! primary: refused: what no statement may do
INSERT INTO keyed VALUES (1, 'twice')
UPDATE keyed SET id = 1 WHERE id = 2
INSERT INTO order_lines VALUES (1, 9999, 'x', -1)
INSERT INTO customers (id) VALUES (5)
DELETE FROM customers WHERE id = 1
INSERT INTO customers (id, name, email) VALUES (777, 'x', 'no address')
UPDATE orders SET customer_id = 999999 WHERE id = 1
SELECT 1 / 0 FROM log_visit('x')
