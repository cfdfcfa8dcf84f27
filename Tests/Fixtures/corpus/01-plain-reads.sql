--! read: one table
SELECT * FROM customers WHERE id = 7
SELECT id, name FROM customers ORDER BY id LIMIT 5 OFFSET 3
SELECT count(*) FROM orders
SELECT c.* FROM customers AS c WHERE c.id BETWEEN 3 AND 9 ORDER BY 1
SELECT DISTINCT mood FROM customers ORDER BY mood
SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, id DESC
SELECT name AS "the name", balance * 2 doubled FROM customers WHERE balance > 100 AND NOT (id = 12 OR id = 13) ORDER BY id
SELECT id FROM customers WHERE name LIKE 'customer 1%' ORDER BY id
SELECT id FROM customers WHERE name ILIKE 'CUSTOMER 2_' ORDER BY id
SELECT id FROM customers WHERE name SIMILAR TO 'customer (1|2)' ORDER BY id
SELECT id FROM customers WHERE manager_id IS NULL ORDER BY id
SELECT id FROM customers WHERE (id, name) = (4, 'customer 4')
SELECT id FROM customers WHERE id IN (1, 2, 3) AND mood IN ('sad', 'ok') ORDER BY id
SELECT id FROM customers WHERE id = ANY (ARRAY[5, 6]) ORDER BY id
SELECT id FROM customers WHERE id <> ALL ('{1,2,3}') ORDER BY id LIMIT 4
SELECT CASE WHEN id % 2 = 0 THEN 'even' ELSE 'odd' END, coalesce(manager_id, -1), nullif(id, 3), greatest(id, 5), least(id, 5) FROM customers WHERE id < 6 ORDER BY id
SELECT id FROM customers FETCH FIRST 3 ROWS ONLY
SELECT id, balance FROM customers ORDER BY balance DESC NULLS LAST FETCH FIRST 2 ROWS WITH TIES
SELECT name COLLATE "C" FROM customers ORDER BY name COLLATE "C" LIMIT 3
SELECT ALL id FROM customers WHERE id < 4 ORDER BY id ASC
SELECT FROM customers WHERE id < 3
SELECT
SELECT 1
SELECT 1 + 1 AS two, 'text', NULL, TRUE, 1.5e3, B'101', X'1F', DATE '2024-02-29'
TABLE shop.products
TABLE ONLY vehicles
VALUES (1, 'one'), (2, 'two')
VALUES (1), (2) ORDER BY 1 DESC LIMIT 1
SELECT current_date IS NOT NULL, now() IS NOT NULL, localtimestamp IS NOT NULL
SELECT id, ctid, tableoid::regclass, xmin IS NOT NULL FROM customers WHERE id = 3
SELECT customers FROM customers WHERE id = 2
SELECT (c).name, (c.home).city, (c.home).* FROM customers c WHERE id = 2
SELECT count(*) FILTER (WHERE id > 10), sum(id) FROM customers
SELECT current_user, session_user, current_database(), current_schema
SELECT pg_typeof(1), pg_typeof('x'::text), version() IS NOT NULL

--! read: joins
SELECT c.name, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 4 ORDER BY o.id
SELECT c.name, count(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'paid' GROUP BY c.name ORDER BY c.name LIMIT 5
SELECT c.id, e.id FROM customers c RIGHT OUTER JOIN events e ON e.id = c.id WHERE e.id < 5 ORDER BY e.id
SELECT a.id, b.id FROM customers a FULL JOIN shop.products b USING (id) WHERE a.id > 58 OR b.id < 2 ORDER BY 1, 2
SELECT a.id, b.id FROM customers a CROSS JOIN customers b WHERE a.id < 3 AND b.id < 3 ORDER BY 1, 2
SELECT * FROM order_totals NATURAL JOIN (SELECT 3 AS customer_id) x
SELECT o.id FROM orders o, order_lines l WHERE l.order_id = o.id AND l.position < 4 ORDER BY 1
SELECT x.id, y.n FROM (customers x JOIN (VALUES (1, 'a'), (2, 'b')) y (i, n) ON x.id = y.i) ORDER BY 1
SELECT c.id, l.* FROM customers c, LATERAL (SELECT o.id AS order_id, o.total FROM orders o WHERE o.customer_id = c.id ORDER BY o.total DESC LIMIT 2) l WHERE c.id < 4 ORDER BY 1, 2
SELECT c.id, s.n FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o WHERE o.customer_id = c.id) s ON true WHERE c.id < 5 ORDER BY 1
SELECT c.id, g FROM customers c CROSS JOIN LATERAL generate_series(1, c.id) g WHERE c.id < 4 ORDER BY 1, 2
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 290) ORDER BY 1
SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.status = 'open') ORDER BY 1
SELECT c.id FROM customers c WHERE c.id IN (SELECT o.customer_id FROM orders o WHERE o.total > 295) ORDER BY 1
SELECT c.id, (SELECT max(total) FROM orders o WHERE o.customer_id = c.id) FROM customers c WHERE c.id < 5 ORDER BY 1
SELECT c.id FROM customers c WHERE c.balance > ALL (SELECT total FROM orders WHERE customer_id = 1) ORDER BY 1 LIMIT 3
SELECT ARRAY(SELECT id FROM customers WHERE id < 5 ORDER BY id)
SELECT m.name, array_agg(c.id ORDER BY c.id) FROM customers c JOIN customers m ON m.id = c.manager_id GROUP BY m.name ORDER BY m.name LIMIT 4
SELECT t.* FROM (SELECT c.id, row_number() OVER (PARTITION BY c.mood ORDER BY c.id) AS r FROM customers c) t WHERE t.r <= 2 ORDER BY 1
SELECT c.name, p.name FROM public.customers c INNER JOIN shop.products p ON p.id = c.id WHERE p.stock > 20 ORDER BY 1

--! read: grouping
SELECT status, count(*), sum(total), avg(total)::numeric(10, 2), min(total), max(total) FROM orders GROUP BY status ORDER BY status
SELECT status, count(*) FROM orders GROUP BY 1 HAVING count(*) > 50 ORDER BY 2 DESC, 1
SELECT status, date_trunc('month', placed)::date AS month, sum(total) FROM orders GROUP BY GROUPING SETS ((status), (month), ()) ORDER BY 1, 2
SELECT status, customer_id % 3 AS k, count(*), grouping(status, customer_id % 3) FROM orders GROUP BY ROLLUP (status, k) ORDER BY 1, 2, 4
SELECT status, customer_id % 3 AS k, count(*) FROM orders GROUP BY CUBE (status, k) ORDER BY 1, 2, 3
SELECT status, customer_id % 2 AS k, count(*) FROM orders GROUP BY DISTINCT GROUPING SETS (ROLLUP (status, k), CUBE (status)) ORDER BY 1, 2, 3
SELECT string_agg(name, ', ' ORDER BY id), array_agg(DISTINCT mood) FROM customers WHERE id < 8
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total), percentile_disc(0.9) WITHIN GROUP (ORDER BY total), mode() WITHIN GROUP (ORDER BY status) FROM orders
SELECT bool_and(id > 0), bool_or(id > 59), every(id < 100), bit_and(id), bit_or(id) FROM customers
SELECT corr(id, balance), regr_slope(id, balance), stddev(id), variance(id), var_pop(id) FROM customers
SELECT count(DISTINCT status), count("Note"), count(*) FILTER (WHERE status = 'open') FROM orders
SELECT json_agg(t), jsonb_object_agg(t.id, t.name) FROM (SELECT id, name FROM customers WHERE id < 4 ORDER BY id) t
SELECT rank(50) WITHIN GROUP (ORDER BY total), dense_rank(50.0) WITHIN GROUP (ORDER BY total) FROM orders
SELECT range_agg(active), range_intersect_agg(active) FROM customers WHERE id < 5
SELECT xmlagg(xmlelement(name c, id) ORDER BY id) FROM customers WHERE id < 4

--! read: windows
SELECT id, row_number() OVER (ORDER BY id), rank() OVER (ORDER BY mood), dense_rank() OVER (ORDER BY mood), ntile(4) OVER (ORDER BY id) FROM customers ORDER BY id LIMIT 6
SELECT id, sum(total) OVER w, lag(total) OVER w, lead(total, 2, 0.0) OVER w, first_value(id) OVER w, last_value(id) OVER w, nth_value(id, 2) OVER w FROM orders WHERE customer_id < 4 WINDOW w AS (PARTITION BY customer_id ORDER BY id) ORDER BY id
SELECT id, avg(total) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id LIMIT 5
SELECT id, count(*) OVER (ORDER BY placed RANGE BETWEEN interval '1 day' PRECEDING AND interval '1 day' FOLLOWING) FROM orders ORDER BY id LIMIT 5
SELECT id, sum(id) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) FROM customers ORDER BY id LIMIT 5
SELECT id, percent_rank() OVER (ORDER BY id), cume_dist() OVER (ORDER BY id) FROM customers ORDER BY id LIMIT 3
SELECT status, sum(count(*)) OVER (ORDER BY status) FROM orders GROUP BY status ORDER BY status
SELECT id, array_agg(id) FILTER (WHERE id % 2 = 0) OVER (ORDER BY id ROWS 3 PRECEDING) FROM customers ORDER BY id LIMIT 5
SELECT id, sum(total) OVER (w ROWS UNBOUNDED PRECEDING) FROM orders WINDOW w AS (ORDER BY id) ORDER BY id LIMIT 4

--! read: common table expressions
WITH big AS (SELECT * FROM orders WHERE total > 290) SELECT count(*) FROM big
WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x + 1 FROM a) SELECT * FROM a, b
WITH a AS MATERIALIZED (SELECT id FROM customers WHERE id < 4) SELECT * FROM a ORDER BY 1
WITH a AS NOT MATERIALIZED (SELECT id FROM customers WHERE id < 4) SELECT * FROM a x JOIN a y USING (id) ORDER BY 1
WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t
WITH RECURSIVE tree AS (SELECT id, manager_id, 1 AS depth FROM customers WHERE manager_id IS NULL UNION ALL SELECT c.id, c.manager_id, t.depth + 1 FROM customers c JOIN tree t ON c.manager_id = t.id) SELECT depth, count(*) FROM tree GROUP BY depth ORDER BY depth
WITH RECURSIVE t AS (SELECT id, manager_id FROM customers WHERE id = 60 UNION SELECT c.id, c.manager_id FROM customers c, t WHERE c.id = t.manager_id) SEARCH DEPTH FIRST BY id SET o CYCLE id SET looped USING path SELECT id, looped FROM t ORDER BY id
WITH x AS (SELECT id FROM customers), y AS (SELECT id FROM x WHERE id < 5) TABLE y ORDER BY id
WITH x AS (VALUES (1, 'a')) SELECT (SELECT count(*) FROM x), * FROM x
WITH "delete" AS (SELECT 1 AS "insert") SELECT "insert" FROM "delete"
WITH insert_me AS (SELECT 1 AS update_it) SELECT update_it FROM insert_me
SELECT * FROM (WITH inner_one AS (SELECT 2 AS n) SELECT * FROM inner_one) s

--! read: set operations
SELECT id FROM customers WHERE id < 3 UNION SELECT id FROM shop.products WHERE id < 5 ORDER BY 1
SELECT 1 UNION ALL SELECT 1
(SELECT id FROM customers ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM customers ORDER BY id DESC LIMIT 2)
SELECT id FROM customers INTERSECT SELECT id FROM shop.products ORDER BY 1 LIMIT 3
SELECT id FROM customers EXCEPT ALL SELECT id FROM shop.products ORDER BY 1 LIMIT 3
(SELECT 1)
((SELECT 1 UNION SELECT 2) EXCEPT (VALUES (2)))
SELECT * FROM ((SELECT 1 AS a) UNION (SELECT 2)) x ORDER BY a

--! read: samples and odd corners
SELECT count(*) > 0 FROM customers TABLESAMPLE BERNOULLI (100)
SELECT count(*) FROM customers TABLESAMPLE SYSTEM (100) REPEATABLE (7)
SELECT count(*) FROM customers c TABLESAMPLE system_rows (10)
SELECT * FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY['a', 'b'])) WITH ORDINALITY AS t (n, x, i)
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS u (i, t)
SELECT * FROM json_to_recordset('[{"a": 1, "b": "x"}]') AS t (a int, b text)
SELECT * FROM generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval '1 day') d
SELECT generate_series(1, 3), generate_series(1, 2)
SELECT (SELECT 1), (SELECT (SELECT 2))
SELECT ROW(1, 'a'), (1, 2) < (1, 3), ROW(1, NULL) IS NOT NULL
SELECT * FROM customers WHERE FALSE
SELECT id FROM customers WHERE id = 3 LIMIT ALL
SELECT id FROM customers ORDER BY id LIMIT (SELECT 2) OFFSET (SELECT 1)
SELECT DISTINCT id % 3, id % 3 IS DISTINCT FROM 1 FROM customers ORDER BY 1
SELECT 5 BETWEEN SYMMETRIC 7 AND 3, 'a' || 'b' || 3, 7 / 2, 7 % 4, 2 ^ 10, |/ 16, ||/ 27, @ -5, ~1, 5 & 6, 5 | 6, 5 # 6, 1 << 3
SELECT extract(year FROM date '2024-05-06'), position('b' IN 'abc'), substring('abcdef' FROM 2 FOR 3), overlay('abcdef' PLACING 'X' FROM 3), trim(BOTH 'x' FROM 'xaxx'), cast('12' AS int), normalize('é', NFC), treat_it FROM (SELECT 1 AS treat_it) t
SELECT timestamptz '2024-01-01 12:00Z' AT TIME ZONE 'Europe/Berlin', (date '2024-01-01', date '2024-02-01') OVERLAPS (date '2024-01-15', date '2024-03-01')
SELECT 'a' IS NULL, 'a' NOTNULL, NULL ISNULL, 'é' IS NFC NORMALIZED, TRUE IS NOT UNKNOWN
SELECT collation for ('x'), current_catalog, current_role, user, localtime IS NOT NULL, current_time IS NOT NULL, current_timestamp(0) IS NOT NULL

--! read: values of the moment | varies
SELECT now(), clock_timestamp(), statement_timestamp(), transaction_timestamp(), timeofday()
SELECT random(), gen_random_uuid()
SELECT current_timestamp, current_date, current_time, localtime, localtimestamp
SELECT id FROM customers ORDER BY random() LIMIT 3
SELECT uuid_in(md5(random()::text || clock_timestamp()::text)::cstring)
SELECT pg_sleep(0.001)
SELECT * FROM customers TABLESAMPLE BERNOULLI (20)
SELECT age(timestamptz '2024-01-01 00:00Z'), now() - interval '1 day' < now()
SELECT inet_server_port(), inet_client_port()

--! caution: about the server, of which there are several | varies
SELECT pg_backend_pid()
SELECT pg_postmaster_start_time(), pg_conf_load_time()
