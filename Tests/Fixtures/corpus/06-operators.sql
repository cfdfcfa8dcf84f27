--! read: operators of the schema that only read
SELECT id FROM customers WHERE id <~> 5 ORDER BY id
SELECT 1 <~> 2, 1 OPERATOR(public.<~>) 9
SELECT (ROW(1, 'EUR')::amount + ROW(2, 'EUR')::amount).value
SELECT p.price + p.price FROM shop.prices p ORDER BY id LIMIT 2
SELECT (p.price OPERATOR(public.+) p.price) IS NOT NULL FROM shop.prices p WHERE id = 1
SELECT 1 OPERATOR(util.===) 1, 2 OPERATOR(util.===) 3
SELECT id FROM customers WHERE id OPERATOR(util.===) 4
SELECT 'a' OPERATOR(pg_catalog.||) 'b', 3 OPERATOR(pg_catalog.+) 4, 2 operator(pg_catalog.*) 3
SELECT id FROM customers ORDER BY id USING > LIMIT 2
SELECT 1 - 2, 5 - 3 - 1, date '2024-01-05' - date '2024-01-01', '{"a": 1}'::jsonb - 'a', -id FROM customers WHERE id = 1
SELECT balance - 1 FROM customers WHERE id < 3 ORDER BY id
SELECT id + 1, id + id FROM customers WHERE id < 3 ORDER BY id
SELECT total - coalesce(total, 0) FROM orders WHERE id = 1

--! primary: operators of the schema that write
SELECT id FROM customers WHERE name === 'customer 1'
SELECT 'a'::text === 'b'::text
SELECT 'a'::text OPERATOR(public.===) 'a'::text
SELECT 'a'::text OPERATOR("public".===) 'a'::text
SELECT name FROM customers c WHERE c.id < 3 AND (c.name === 'x' OR c.id = 1)
SELECT count(*) FROM customers a JOIN customers b ON a.name === b.name WHERE a.id < 3 AND b.id < 3
SELECT name === ANY (ARRAY['a', 'customer 1']) FROM customers WHERE id = 1
SELECT (ROW(3, 'EUR')::amount - ROW(1, 'EUR')::amount).value
SELECT p.price - p.price FROM shop.prices p WHERE id = 1
SELECT a.price - b.price FROM shop.prices a, shop.prices b WHERE a.id = 1 AND b.id = 2
SELECT c OPERATOR(util.+) 1 FROM customers c WHERE c.id = 1
SELECT c operator ( "util" . + ) 1 FROM customers c WHERE c.id = 1
SELECT @# 'ticket'
SELECT @# name FROM customers WHERE id = 1
SELECT 1 WHERE (@# 'x') > 0
SELECT id FROM customers WHERE id < 3 ORDER BY name === 'a'
WITH x AS (SELECT name === 'a' AS y FROM customers WHERE id < 3) SELECT count(y) FROM x WHERE y IS NOT NULL

--! primary: an operator that this search_path brings in | after SET search_path = util, public
SELECT c + 1 FROM customers c WHERE c.id = 1

--! primary: an operator that takes the place of PostgreSQL's own | after SET search_path = shadow, public, pg_catalog
SELECT 1 + 2
SELECT id + 1 FROM public.customers WHERE id = 1

--! primary: what a user's own search_path puts in place of PostgreSQL's own | as other
SELECT lower('ABC')
SELECT name, lower(name) FROM public.customers WHERE id = 1
SELECT tax(3)
SELECT 1 + 2

--! read: a name that a user's own search_path chooses, harmless in any place | as other
SELECT * FROM customers
SELECT count(*) FROM public.customers

--! read: casts that only read
SELECT 3.5::numeric::amount, CAST(2.0 AS amount)
SELECT (5::numeric::amount).value
SELECT '1'::int, 'x'::text::varchar, '2024-01-01'::date, '{1}'::int[], 1::text, id::text FROM customers WHERE id = 1
SELECT '(1,EUR)'::amount, ROW(2, 'USD')::amount, ('(3,x)'::amount).currency
SELECT total::int, total::text::numeric FROM orders WHERE id = 1

--! primary: casts that write
SELECT 1::fruit
SELECT CAST(2 AS fruit)
SELECT id::fruit FROM customers WHERE id < 3
SELECT (id::fruit).label FROM customers WHERE id = 1
SELECT 1::public.fruit
SELECT 1::"fruit"
SELECT id::fruit::text FROM customers WHERE id = 2
SELECT CAST(id AS public.fruit) FROM customers WHERE id = 1
SELECT content::int FROM basket
INSERT INTO basket VALUES (2, 7)

--! primary: casts that write, which no text shows
SELECT content + 1 FROM basket
SELECT abs(content) FROM basket
SELECT id FROM basket WHERE content > 3

--! read: a type with a writing cast that is not used
SELECT content FROM basket WHERE id = 1
SELECT ROW('pear')::fruit

--! read: domains that only check
SELECT 5::positive, CAST(6 AS small_positive)
SELECT 'a@b'::email, 'X'::"Mixed Case"."Code"
SELECT quantity, email FROM order_lines, customers WHERE order_id = 5 AND customers.id = 1 AND position < 10
SELECT positive '7'
SELECT NULL::positive, ARRAY[1, 2]::positive[]

--! read: a table with a column whose check writes
SELECT id, body FROM latched_texts
SELECT upper(body) FROM latched_texts WHERE body = 'one'

--! primary: domains whose check writes
SELECT 'x'::audited
SELECT CAST('x' AS audited)
SELECT audited 'x'
SELECT name::audited FROM customers WHERE id < 3
SELECT 'x'::audited_short
SELECT 'x'::public.audited
SELECT ARRAY['x', 'y']::audited[]
SELECT '{x}'::audited[]
SELECT 'x'::"audited"
SELECT x::audited FROM (VALUES ('a'::text)) v (x)
SELECT jsonb_populate_record(NULL::audited_record, '{"body": "x"}')
SELECT * FROM json_to_record('{"a": "x"}') AS r (a audited)
SELECT * FROM jsonb_to_recordset('[{"b": "x"}]') AS r (a int, b audited)

--! primary: what locks behind an operator, a cast, a domain or an attribute, and no standby refuses
SELECT 'a'::text ~!~ 'b'::text
SELECT id FROM customers WHERE name OPERATOR(public.~!~) 'x' AND id < 3
SELECT 'x'::latched
SELECT CAST('x' AS latched)
SELECT latched('x')
SELECT public.latched('x'::text)
SELECT '(1,x)'::latched_record
SELECT ROW(1, 'x')::latched_record
SELECT ARRAY['x']::latched[]
SELECT takes_latched('x')
SELECT gives_latched()
SELECT * FROM takes_latched_view
SELECT jsonb_populate_record(NULL::latched_texts, '{"body": "x"}')
SELECT json_populate_recordset(NULL::latched_texts, '[{"body": "x"}]')
SELECT latched 'x'
SELECT (ROW(1, 'EUR')::bolt)::latch
SELECT c.latch FROM customers c WHERE c.id = 1
SELECT c.octet_length FROM customers c WHERE c.id = 1
SELECT octet_length(c) FROM customers c WHERE c.id = 1
SELECT * FROM latched_notes
SELECT count(*) FROM latched_notes WHERE id = 1
SELECT * FROM over_latched
SELECT latched_sum(id) FROM customers WHERE id < 3
SELECT latching_stable(5)

--! primary: what locks behind a name that a user's own search_path chooses | as other
SELECT upper('abc')
SELECT 5 * 5
