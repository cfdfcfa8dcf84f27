--! read: an immutable function
SELECT tax(10), tax(10, 1.5)
SELECT public.tax(total) FROM orders WHERE id < 5 ORDER BY id
SELECT tax(n => 3), tax(n := 3, rate := 2)
SELECT id FROM orders WHERE tax(total) > 350 ORDER BY id
SELECT joined_texts('a', 'b', 'c'), joined_texts(VARIADIC ARRAY['x', 'y'])
SELECT first_of(ARRAY[5, 6]), first_of(tags) FROM customers WHERE id = 1
SELECT util.clean('  Ab '), "util"."clean"('X')
SELECT is_open(o), o.is_open FROM orders o WHERE id < 4 ORDER BY id
SELECT mixture(3), score(1), score(1, 2), score(i => 1, j => 4)
SELECT util.rate(3), upper('happy'::mood)
SELECT product(n) FROM (VALUES (2.0), (3.0)) v (n)
SELECT mood, product(1 + id % 2) FROM customers GROUP BY mood ORDER BY mood
SELECT product(id) OVER (ORDER BY id) FROM customers WHERE id < 6 ORDER BY id
SELECT product(id ORDER BY id) FILTER (WHERE id < 5) FROM customers
SELECT near(1, 2), (SELECT near(1, 9))
SELECT to_amount(3), (to_amount(3)).currency
SELECT shop.only_here(1)
SELECT count(tax(total)) FROM orders
SELECT max(tax(total)) FROM orders GROUP BY status ORDER BY 1
SELECT CASE WHEN tax(1) > 1 THEN tax(2) ELSE 0 END
SELECT * FROM customers ORDER BY util.clean(name) LIMIT 2
SELECT tax(tax(tax(1)))
SELECT array_agg(tax(x)) FROM generate_series(1, 3) x
SELECT numeric_mul(2, 3), int4pl(1, 2), texteq('a', 'a'), int4eq(1, 1), int8inc(1), boolne(true, false), int4smaller(1, 2)

--! read: a stable function
SELECT customer_name(3)
SELECT customer_name(id) FROM customers WHERE id < 4 ORDER BY id
SELECT customer_total(c), c.customer_total FROM customers c WHERE c.id < 3 ORDER BY c.id
SELECT full_label(c), c.full_label FROM customers c WHERE c.id < 3 ORDER BY c.id
SELECT id FROM open_orders()
SELECT id FROM open_orders(2)
SELECT id FROM open_orders(state => 'paid')
SELECT o.id, o."Note" FROM open_orders(3, 'sent') AS o
SELECT (open_orders(1)).id
SELECT * FROM order_stats()
SELECT n FROM order_stats() AS s (n, t)
SELECT order_stats()
SELECT (order_stats()).total
SELECT * FROM squares(4)
SELECT i, square FROM squares(3) WHERE square > 1
SELECT * FROM squares(2) WITH ORDINALITY
SELECT * FROM customers c, LATERAL squares(c.id) s WHERE c.id < 3 ORDER BY c.id, s.i
SELECT * FROM ROWS FROM (squares(2), generate_series(1, 2)) AS x
SELECT shop.in_stock(3), shop.in_stock(id) FROM shop.products WHERE id = 2
SELECT with_sorted(10)
SELECT tenant()
SELECT price(3), public.price(i => 4)
SELECT rate(5), public.rate(6)
SELECT "Mixed Case"."Price Of"(4), "größe"."maß"(1)
SELECT count(*) FROM orders WHERE customer_id = (SELECT id FROM customers WHERE name = customer_name(4))
SELECT shadow.count_all(), shadow.now()
SELECT price(1) + price(2), coalesce(price(99), 0)
WITH names AS (SELECT customer_name(g) AS n FROM generate_series(1, 3) g) SELECT * FROM names ORDER BY n
SELECT id FROM customers WHERE name IN (SELECT customer_name(g) FROM generate_series(1, 3) g) ORDER BY id
SELECT cached_by_name FROM (SELECT customer_name(1) AS cached_by_name) x
SELECT row_to_json(x) FROM open_orders(1) x
SELECT to_jsonb(squares(2))

--! primary: a function that writes
SELECT log_visit()
SELECT log_visit('me')
SELECT public.log_visit('me')
SELECT LOG_VISIT('me')
SELECT "log_visit"('me')
SELECT log_visit(who => 'me')
SELECT * FROM log_visit('from')
SELECT l FROM log_visit('from') AS l
SELECT 1 WHERE log_visit('where') > 0
SELECT id FROM customers WHERE id = 1 AND log_visit(name) > 0
SELECT id FROM customers WHERE id = 1 ORDER BY log_visit('order')
SELECT id, log_visit('list') FROM customers WHERE id < 3
SELECT count(log_visit('agg')) FROM customers WHERE id < 3
SELECT max(id) FROM customers HAVING log_visit('having') > 0
SELECT (SELECT log_visit('scalar'))
SELECT x FROM (SELECT log_visit('sub') AS x) s
SELECT 1 FROM customers c, LATERAL log_visit(c.name) l WHERE c.id = 1
SELECT 1 FROM customers c JOIN log_visit('join') l ON true LIMIT 1
WITH x AS (SELECT log_visit('cte') AS v) SELECT v FROM x
WITH RECURSIVE t (n) AS (SELECT log_visit('r') * 0 UNION ALL SELECT n + 1 FROM t WHERE n < 2) SELECT * FROM t
VALUES (log_visit('values'))
SELECT CASE WHEN log_visit('case') > 0 THEN 1 END
SELECT ARRAY[log_visit('array')]
SELECT ROW(log_visit('row'))
SELECT 1 LIMIT (SELECT log_visit('limit'))
SELECT DISTINCT log_visit('distinct')
SELECT 1 UNION ALL SELECT log_visit('union')::int
SELECT coalesce(NULL, log_visit('coalesce'))
SELECT sum(n) OVER (ORDER BY log_visit('window')) FROM (VALUES (1)) v (n)
SELECT * FROM ROWS FROM (log_visit('rows'), generate_series(1, 2)) AS x
SELECT log_visit('type')::text || 'x'
SELECT bump('visits', 1), bump('visits', 1, 2, 3)
SELECT bump('visits', VARIADIC ARRAY[1, 2])
SELECT audit.note('direct')
SELECT audit.noted('direct') AND true
SELECT new_ticket()
SELECT write_quoted()
SELECT create_customers(2)
SELECT * FROM create_customers(2) AS c (id)
SELECT touch(c) FROM customers c WHERE c.id = 1
SELECT c.touch FROM customers c WHERE c.id = 1
SELECT (c).touch FROM customers c WHERE c.id = 1
SELECT customers.touch FROM customers WHERE customers.id = 1
SELECT c."touch" FROM customers c WHERE c.id = 1
SELECT (SELECT c.touch) FROM customers c WHERE c.id = 1
SELECT "Mixed Case"."Log It"('x'), "größe"."schreibe"('y')
SELECT shop.charge(1)
SELECT definer_write()
SELECT run_text('INSERT INTO scratch VALUES (8)')
SELECT price(1, 'because')
SELECT price(i => 1, because => 'named')
SELECT score(1, 2, 3)
SELECT score(1, 2, 3, 4)
SELECT mixture(1, 2)
SELECT mixture(1, 2, 3)
SELECT label('text'::text)
SELECT label(name) FROM customers WHERE id = 1
SELECT shop.rate(1)
SELECT audit.only_here(1)
SELECT shadow.tax(1)
SELECT shadow.lower('ABC')
SELECT numbered('n')
SELECT noted_sum(id) FROM customers WHERE id < 3
SELECT noted_sum(id) OVER (ORDER BY id) FROM customers WHERE id < 3
SELECT finally_noted(id) FROM customers WHERE id < 3
SELECT mood, noted_sum(id) FILTER (WHERE id < 5) FROM customers WHERE id < 5 GROUP BY mood
SELECT length(c) FROM customers c WHERE c.id = 1
SELECT c.length FROM customers c WHERE c.id = 1
SELECT length(customers) FROM customers WHERE id = 1
SELECT length(ROW(c.*)::customers) FROM customers c WHERE c.id = 1
SELECT concat(c, 'x') FROM customers c WHERE c.id = 1
SELECT amount_subtract(ROW(3, 'EUR')::amount, ROW(1, 'EUR')::amount)
SELECT to_fruit(1)
SELECT ticket_for('x')
SELECT noted_equal('a', 'b')
SELECT lo_create(0)
SELECT dblink_exec('host=127.0.0.1 port=1', 'SELECT 1', false) WHERE log_visit('dblink') > 0

--! primary: a function that locks
SELECT take_lock(1)
SELECT lock_customer(1)

--! primary: a function that locks for the transaction
SELECT try_lock(1)

--! primary: a function that changes the session
SELECT set_tenant('t1')
SELECT make_temp()

--! primary: a function that notifies
SELECT tell('x')
SELECT pg_notify('told', 'x')

--! primary: a function that is declared stable and calls what writes
SELECT sneaky('x')
SELECT sneaky_sql('x')

--! primary: a built-in function that must not run on a standby
SELECT nextval('numbers')
SELECT pg_catalog.nextval('numbers'::regclass)
SELECT nextval('public.numbers')
SELECT setval('numbers', 50, true)
SELECT * FROM nextval('numbers')
SELECT id, nextval('"Mixed Case"."Order Numbers"') FROM customers WHERE id < 3
SELECT ('numbers'::regclass).nextval
SELECT txid_current()
SELECT pg_current_xact_id()
SELECT pg_advisory_lock(42)
SELECT pg_try_advisory_lock(42, 43)
SELECT pg_advisory_xact_lock(42)
SELECT pg_try_advisory_xact_lock_shared(42)
SELECT pg_advisory_lock_shared(id) FROM customers WHERE id < 3
SELECT pg_catalog.pg_advisory_lock(hashtext('x'))
SELECT set_config('app.tenant', 't7', false)
SELECT set_config('work_mem', '5MB', false), id FROM customers WHERE id = 1
SELECT id FROM customers WHERE set_config('app.tenant', name, false) = 'customer 1'
SELECT lo_from_bytea(0, 'abc') > 0
SELECT lo_creat(-1) > 0
SELECT pg_logical_emit_message(true, 'p', 'x') IS NOT NULL
SELECT pg_current_wal_lsn() IS NOT NULL
SELECT query_to_xml('SELECT log_visit(''xml'')', true, false, '')
SELECT query_to_xml('SELECT pg_advisory_lock(1)', true, false, '')
SELECT ts_stat('SELECT to_tsvector(audit.noted(''x'')::text)')

--! primary: a text that locks behind a function that is declared stable
SELECT * FROM crosstab('SELECT 1, 2, pg_try_advisory_lock(77)::int') AS ct (id int, a int)

--! primary: a sequence as it stands in this session | after BEGIN | after SELECT nextval('numbers')
SELECT currval('numbers')
SELECT lastval()

--! caution: a function that only reads, declared volatile
SELECT careless_name(3)
SELECT careless_name(id) FROM customers WHERE id < 3 ORDER BY id

--! caution: a function that only reads, declared volatile, and varies | varies
SELECT dice()
SELECT dice() FROM generate_series(1, 3)

--! caution: overloads that only their types tell apart
SELECT label(3)
SELECT label(id) FROM customers WHERE id < 3 ORDER BY id

--! caution: a name that is harmless in this schema only
SELECT tax(2), shop.only_here(4), util.rate(2), price(2) FROM customers WHERE id < 3

--! caution: a default that writes is not used
SELECT numbered('n', 5)

--! caution: names like those of PostgreSQL's own, whose overloads only types tell apart
SELECT length('abc'), length(name), concat('a'::text, 'b') FROM customers WHERE id < 3 ORDER BY id

--! read: names like those of PostgreSQL's own, with arguments of its own
SELECT upper(name), lower('X'), now() IS NOT NULL FROM customers WHERE id < 3 ORDER BY id
SELECT now() IS NOT NULL, count(*) FROM customers

--! read: a known name without the arguments of ours
SELECT tax(NULL), rate(NULL), price(NULL), customer_name(NULL)
