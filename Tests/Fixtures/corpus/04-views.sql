--! read: a view
SELECT * FROM customer_names WHERE id < 5 ORDER BY id
SELECT * FROM short_names ORDER BY id
SELECT * FROM totals ORDER BY id
SELECT * FROM best_totals ORDER BY id
SELECT id FROM guarded WHERE name = 'customer 3'
SELECT * FROM invoked WHERE id < 4 ORDER BY id
SELECT * FROM rich ORDER BY id LIMIT 3
SELECT * FROM keyed_view WHERE id < 4 ORDER BY id
SELECT * FROM triggered WHERE id < 4 ORDER BY id
SELECT depth, count(*) FROM managers GROUP BY depth ORDER BY depth
SELECT * FROM order_totals WHERE customer_id < 5 ORDER BY 1
SELECT * FROM noting_once ORDER BY id
SELECT * FROM "Mixed Case"."Big Orders" ORDER BY id LIMIT 3
SELECT "Total" FROM "Mixed Case"."Big Orders" ORDER BY "Total" DESC LIMIT 2
SELECT * FROM jobs_view ORDER BY id
SELECT n.name, t.total FROM customer_names n JOIN totals t USING (id) ORDER BY n.id LIMIT 3
TABLE short_names
TABLE order_totals
SELECT count(*) FROM (SELECT * FROM customer_names) x
SELECT id FROM customers WHERE id IN (SELECT id FROM short_names) ORDER BY id
SELECT short_names FROM short_names WHERE id = 2
SELECT s.* FROM public.short_names s WHERE s.id = 3
WITH s AS (TABLE short_names) SELECT count(*) FROM s

--! read: a view that varies | varies
SELECT id, luck FROM random_customers WHERE id < 3

--! caution: a view over a function that only reads, declared volatile
SELECT * FROM careless_view

--! primary: a view that writes
SELECT * FROM noting_customers
SELECT id, noted FROM noting_customers
SELECT noted FROM public.noting_customers WHERE id = 1
SELECT * FROM over_noting
SELECT * FROM over_over_noting
SELECT 1 FROM customers c JOIN over_noting USING (id)
SELECT 1 WHERE EXISTS (SELECT noted FROM noting_customers WHERE noted)
SELECT id FROM customers WHERE id IN (SELECT id FROM over_over_noting)
TABLE over_noting
WITH n AS (SELECT * FROM noting_customers) SELECT count(noted) FROM n WHERE noted
SELECT * FROM ticketed
SELECT ticket FROM ticketed WHERE id = 1
SELECT * FROM shop.customer_names
SELECT * FROM "Mixed Case"."Noting Orders"
SELECT * FROM noting_operator
SELECT f FROM noting_cast
SELECT x FROM noting_domain
SELECT * FROM public.lower
SELECT l.lower FROM lower l
SELECT "noting_customers".* FROM "noting_customers"
SELECT * FROM NOTING_CUSTOMERS
SELECT * FROM noting_customers AS customers
(TABLE over_noting)
SELECT * FROM (TABLE over_noting) x
SELECT 1 UNION SELECT id FROM over_noting
SELECT * FROM ONLY noting_customers
SELECT * FROM noting_customers *

--! primary: a view that locks
SELECT * FROM locked_customers
SELECT locked FROM locked_customers
SELECT * FROM built_in_lock
SELECT count(got) FROM built_in_lock WHERE got
SELECT * FROM locking_customers
SELECT name FROM locking_customers WHERE id = 1

--! primary: a view that writes, which this search_path chooses | after SET search_path = shop, public
SELECT noted FROM customer_names

--! read: a harmless view, which this search_path chooses | after SET search_path = public, shop
SELECT name FROM customer_names ORDER BY id LIMIT 2

--! primary: writing to a view
INSERT INTO rich VALUES (1070, 'rich', 500) ON CONFLICT DO NOTHING
UPDATE rich SET balance = balance WHERE id = 20
DELETE FROM keyed_view WHERE id = 3
INSERT INTO triggered VALUES (71, 'x')
UPDATE keyed_view SET text = 'new' WHERE id = 4
WITH gone AS (DELETE FROM keyed WHERE id = 500 RETURNING 1) SELECT 1 FROM gone

--! read: row policies that only read
SELECT * FROM notes ORDER BY id
SELECT count(*) FROM notes
SELECT * FROM tenant_notes ORDER BY id
SELECT * FROM written_notes
SELECT n.id FROM notes n JOIN tenant_notes t USING (id) ORDER BY 1

--! read: row policies for another user | as other
SELECT * FROM notes ORDER BY id
SELECT body FROM public.tenant_notes WHERE id < 4 ORDER BY id

--! read: row policies with a setting | after SET app.tenant = 't1'
SELECT * FROM tenant_notes ORDER BY id
SELECT tenant(), count(*) FROM tenant_notes

--! primary: row policies that write
SELECT * FROM watched_notes
SELECT count(*) FROM watched_notes WHERE id < 3
SELECT * FROM over_watched
SELECT w.id FROM customers c JOIN watched_notes w USING (id)
SELECT id FROM customers WHERE id IN (SELECT id FROM watched_notes)
TABLE watched_notes
COPY watched_notes TO STDOUT

--! primary: row policies that write, for another user | as other
SELECT * FROM watched_notes

--! primary: row policies over what a standby does not have
SELECT * FROM cached_notes
SELECT id FROM cached_notes WHERE key = 'a'

--! primary: writing under policies
INSERT INTO written_notes VALUES (99, 'x') ON CONFLICT DO NOTHING
UPDATE notes SET body = body WHERE id = 2
