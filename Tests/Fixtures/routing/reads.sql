-- replica: plainRead
SELECT 1

-- replica: plainRead
SELECT 1;

-- replica: plainRead
  select   *
  from accounts ;

-- replica: plainRead
SELECT id, owner FROM accounts WHERE id = $1

-- replica: plainRead
SELECT * FROM accounts WHERE owner = 'O''Brien'

-- replica: plainRead
SELECT a.id, a.owner, o.total FROM accounts a JOIN orders o ON o.account_id = a.id WHERE o.total > 100 ORDER BY o.total DESC LIMIT 10

-- replica: plainRead
SELECT a.id FROM accounts a LEFT JOIN orders o ON (o.account_id = a.id AND o.total > 5) WHERE o.id IS NULL

-- replica: plainRead
SELECT * FROM accounts a LEFT OUTER JOIN (SELECT account_id, max(total) AS biggest FROM orders GROUP BY account_id) b ON b.account_id = a.id

-- replica: plainRead
SELECT * FROM accounts CROSS JOIN LATERAL (SELECT count(*) AS n FROM orders WHERE account_id = accounts.id) c

-- replica: plainRead
SELECT * FROM accounts NATURAL JOIN (SELECT 1 AS id) x

-- replica: plainRead
SELECT * FROM orders JOIN items ON items.order_id = orders.id JOIN accounts USING (id)

-- replica: plainRead
SELECT * FROM (orders o JOIN (items i JOIN shop.products p ON p.name = i.sku) ON i.order_id = o.id)

-- replica: plainRead
SELECT count(*), sum(total), avg(total), min(placed_at), max(placed_at) FROM orders

-- replica: plainRead
SELECT department, count(*) FILTER (WHERE salary > 1010) AS rich FROM employees GROUP BY department HAVING count(*) > 1

-- replica: plainRead
SELECT name, rank() OVER (PARTITION BY department ORDER BY salary DESC) FROM employees

-- replica: plainRead
SELECT name, sum(salary) OVER w, avg(salary) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM employees WINDOW w AS (PARTITION BY department ORDER BY id)

-- replica: plainRead
SELECT count(*) FILTER (WHERE total > 1) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM orders

-- replica: plainRead
SELECT last_value(salary) OVER (ORDER BY id), first_value(name) OVER (ORDER BY id) FROM employees

-- replica: plainRead
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders

-- replica: plainRead
SELECT string_agg(name, ', ' ORDER BY name), array_agg(DISTINCT department) FROM employees

-- replica: plainRead
SELECT department, name, sum(salary) FROM employees GROUP BY GROUPING SETS ((department), (name), ())

-- replica: plainRead
SELECT department, name, sum(salary), grouping(department) FROM employees GROUP BY ROLLUP (department, name)

-- replica: plainRead
SELECT department, name, sum(salary) FROM employees GROUP BY department, CUBE (name, id)

-- replica: plainRead
SELECT department FROM employees GROUP BY GROUPING SETS (ROLLUP (department), CUBE (department, name)) ORDER BY 1

-- replica: plainRead
SELECT DISTINCT department FROM employees

-- replica: plainRead
SELECT DISTINCT ON (department) department, name FROM employees ORDER BY department, salary DESC

-- replica: plainRead
SELECT DISTINCT ON (department) lower(name) FROM employees

-- replica: plainRead
SELECT 1 UNION SELECT 2 UNION ALL (SELECT 3 INTERSECT SELECT 3) EXCEPT SELECT 4

-- replica: plainRead
(SELECT id FROM accounts ORDER BY id LIMIT 1) UNION ALL (SELECT id FROM accounts ORDER BY id DESC LIMIT 1)

-- replica: plainRead
((SELECT 1))

-- replica: plainRead
VALUES (1, 'a'), (2, 'b')

-- replica: plainRead
TABLE accounts

-- replica: plainRead
TABLE shop.products ORDER BY id LIMIT 5

-- replica: plainRead
SELECT * FROM ONLY accounts

-- replica: plainRead
SELECT * FROM ONLY (accounts)

-- replica: plainRead; varies
SELECT * FROM accounts TABLESAMPLE BERNOULLI (10)

-- replica: plainRead
SELECT * FROM accounts TABLESAMPLE SYSTEM (10) REPEATABLE (42)

-- replica: plainRead
SELECT * FROM orders ORDER BY placed_at DESC NULLS LAST OFFSET 10 ROWS FETCH FIRST 5 ROWS ONLY

-- replica: plainRead
SELECT * FROM orders ORDER BY id FETCH FIRST (2 + 3) ROWS WITH TIES

-- replica: plainRead
SELECT * FROM accounts WHERE id IN (1, 2, 3) AND owner NOT IN ('a', 'b')

-- replica: plainRead
SELECT * FROM accounts WHERE id = ANY ($1) OR id > ALL (ARRAY[1, 2]) OR id = SOME (SELECT 3)

-- replica: plainRead
SELECT * FROM accounts a WHERE EXISTS (SELECT 1 FROM orders o WHERE o.account_id = a.id) AND NOT EXISTS (SELECT 1 FROM items WHERE price > 1000)

-- replica: plainRead
SELECT * FROM accounts WHERE owner LIKE 'o%' AND owner NOT ILIKE '%z' AND owner SIMILAR TO '(o|p)%' AND owner LIKE ('o' || '%')

-- replica: plainRead
SELECT * FROM accounts WHERE balance BETWEEN 1 AND 100 AND opened BETWEEN SYMMETRIC date '2024-01-01' AND date '2020-01-01'

-- replica: plainRead
SELECT CASE WHEN balance > 0 THEN 'credit' WHEN balance < 0 THEN 'debit' ELSE 'none' END FROM accounts

-- replica: plainRead
SELECT CASE status WHEN 'open' THEN 1 ELSE (2) END FROM orders

-- replica: plainRead
SELECT COALESCE(owner, 'nobody'), NULLIF(balance, 0), GREATEST(1, 2), LEAST(1, 2) FROM accounts

-- replica: plainRead
SELECT CAST('1' AS numeric(10, 2)), '1'::numeric(10,2), '1'::varchar(10), 1::double precision, '{1}'::int[], CAST(1 AS bigint)

-- replica: plainRead
SELECT '2020-01-01'::timestamp(3) with time zone, '1 day'::interval day to second(3), 'a'::character varying(10), interval '1' second(2), '1'::bit varying(3)

-- replica: plainRead
SELECT 'sad'::mood, ROW(1, 'x')::pair, 'accounts'::regclass, '1.5'::"numeric"

-- replica: plainRead
SELECT date '2020-01-01', timestamp '2020-01-01 10:00', interval '1 day', regclass 'accounts', numeric(3,1) '1.5', interval(0) '1.5 s'

-- replica: plainRead
SELECT pg_catalog.int4(1.5), '5'::pg_catalog.int4, 'x'::pg_catalog.varchar(3)

-- replica: plainRead
SELECT EXTRACT(year FROM placed_at), date_trunc('day', placed_at), placed_at AT TIME ZONE 'UTC', placed_at AT TIME ZONE ('U' || 'TC') FROM orders

-- replica: plainRead
SELECT SUBSTRING(owner FROM 1 FOR 3), SUBSTRING(owner, 2), POSITION('a' IN owner), OVERLAY(owner PLACING 'x' FROM 1 FOR 2), TRIM(BOTH ' ' FROM owner), TRIM(owner) FROM accounts

-- replica: plainRead
SELECT data->'n', data->>'n', data #> '{n}', data @> '{"n": 1}', data ? 'n', data ?| array['n'], data ?& array['n'], data - 'n' FROM accounts

-- replica: plainRead
SELECT * FROM accounts WHERE data @? '$.n' AND data @@ '$.n > 1'

-- replica: plainRead
SELECT body FROM documents WHERE search @@ to_tsquery('english', 'text & body') ORDER BY ts_rank(search, plainto_tsquery('text')) DESC

-- replica: plainRead
SELECT tags[1], tags[1:2], tags || '{c}', 'a' = ANY (tags), array_length(tags, 1), ARRAY[1,2,3], ARRAY(SELECT id FROM accounts) FROM orders

-- replica: plainRead
SELECT point(1, 2) <-> point(3, 4), box '((0,0),(1,1))' && box '((0.5,0.5),(2,2))', int4range(1, 5) -|- int4range(5, 9)

-- replica: plainRead
SELECT owner ~ '^o', owner ~* 'X', owner !~ 'y', owner !~* 'z', owner ^@ 'o' FROM accounts

-- replica: plainRead
SELECT 1 OPERATOR(pg_catalog.+) 2, 3 OPERATOR(*) 4

-- replica: plainRead
SELECT 1 OPERATOR(pg_catalog.+) abs(-2)

-- replica: plainRead
SELECT 5 % 3, 2 ^ 3, 5 / 2, |/ 4.0, ||/ 8.0, @ -5, 5 & 3, 5 | 3, 5 # 3, ~ 5, 1 << 2, 8 >> 1, -1, - 1, +1

-- replica: plainRead
SELECT a = -1, a <>-1, a>=-1, a*-1 FROM (SELECT 1 AS a) x

-- replica: plainRead
SELECT * FROM generate_series(1, 10) g

-- replica: plainRead
SELECT * FROM generate_series(1, 10) AS g(n) WHERE n > 3

-- replica: plainRead
SELECT * FROM generate_series(1, 10) g(n), unnest(ARRAY[1, 2]) u(x)

-- replica: plainRead
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) WITH ORDINALITY AS t(a, b, n)

-- replica: plainRead
SELECT * FROM unnest(ARRAY[1, 2]) WITH ORDINALITY t(a, n)

-- replica: plainRead
SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(1, 2)) AS t(a, b)

-- replica: plainRead
SELECT * FROM json_to_record('{"a": 1}') AS x(a int, b text)

-- replica: plainRead
SELECT * FROM json_to_recordset('[{"a": 1}]') AS (a int, b varchar(10))

-- replica: plainRead
SELECT * FROM jsonb_to_recordset('[{"a": 1}]') x(a int, b numeric(10,2))

-- replica: plainRead
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name)

-- replica: plainRead
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v (id, name) WHERE v.id = 1

-- replica: plainRead
SELECT * FROM accounts AS a (x, y)

-- replica: plainRead
SELECT * FROM accounts a (x, y) WHERE x = 1

-- replica: plainRead
SELECT * FROM jsonb_each('{"a": 1}') kv(k, v), accounts

-- replica: plainRead
WITH big AS (SELECT * FROM orders WHERE total > 100) SELECT * FROM big

-- replica: plainRead
WITH big(a, b) AS (SELECT id, total FROM orders), small (c) AS (SELECT 1) SELECT * FROM big, small

-- replica: plainRead
WITH RECURSIVE chain(id, depth) AS (SELECT id, 0 FROM employees WHERE manager_id IS NULL UNION ALL SELECT e.id, depth + 1 FROM employees e JOIN chain c ON e.manager_id = c.id) SELECT * FROM chain

-- replica: plainRead
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t

-- replica: plainRead
WITH x AS MATERIALIZED (SELECT 1), y AS NOT MATERIALIZED (SELECT 2) SELECT * FROM x, y

-- replica: plainRead
WITH RECURSIVE c(id, m) AS (SELECT id, manager_id FROM employees UNION ALL SELECT e.id, e.manager_id FROM employees e, c WHERE e.manager_id = c.id AND e.id < 0) SEARCH DEPTH FIRST BY id SET ord CYCLE id SET looped USING path SELECT * FROM c ORDER BY ord

-- replica: plainRead
WITH a AS (WITH b AS (SELECT 1 AS x) SELECT * FROM b) SELECT * FROM a

-- replica: plainRead
WITH a AS (SELECT 1 AS x) (SELECT * FROM a)

-- replica: plainRead
WITH a AS (SELECT 1 AS x) TABLE a

-- replica: plainRead
WITH a AS (SELECT 1 AS x) VALUES (1), (2)

-- replica: plainRead
SELECT (WITH a AS (SELECT 1 AS x) SELECT x FROM a), (SELECT max(id) FROM accounts)

-- replica: plainRead
SELECT (ROW(1, 'a')::pair).b, (accounts).owner, accounts.* FROM accounts

-- replica: plainRead
SELECT a, b FROM accounts a, LATERAL (SELECT a.id + 1) AS b

-- replica: plainRead; varies
SELECT current_date, current_time, current_timestamp, localtime, localtimestamp, current_timestamp(3), localtime(0), current_user, session_user, user, current_role, current_catalog, current_schema

-- replica: plainRead; varies
SELECT now(), clock_timestamp(), statement_timestamp(), transaction_timestamp(), timeofday(), random(), gen_random_uuid()

-- replica: plainRead
SELECT true, false, null, NULL IS NULL, 1 IS DISTINCT FROM 2, (1 = 1) IS TRUE, 'x' IS NOT NULL, row(1,2) = row(1,2)

-- replica: plainRead
SELECT (date '2020-01-01', date '2020-02-01') OVERLAPS (date '2020-01-15', interval '1 day')

-- replica: plainRead
SELECT id FROM accounts FOR READ ONLY

-- replica: plainRead
SELECT "Note", "select", "from" FROM orders, "Mixed Case"

-- replica: plainRead
SELECT "count"(*), "lower"('X'), pg_catalog."upper"('x') FROM accounts

-- replica: plainRead
SELECT id AS "update", owner AS "insert into" FROM accounts

-- replica: plainRead
SELECT collation for ('a'), 'a' COLLATE "C" < 'b', 'b' COLLATE pg_catalog."default"

-- replica: plainRead
SELECT xmlelement(name foo, xmlattributes(1 AS a), 'x'), xmlforest(1 AS a, 2 AS b), xmlconcat('<a/>', '<b/>'), xmlparse(document '<a/>'), xmlserialize(content '<a/>'::xml AS text), xmlpi(name php, 'x'), xmlagg('<a/>'::xml)

-- replica: plainRead
SELECT x.* FROM xmltable('/r/i' PASSING ('<r><i a="1"/></r>'::xml) COLUMNS a int PATH '@a', n FOR ORDINALITY) AS x

-- replica: plainRead
SELECT xmlexists('//a' PASSING BY VALUE ('<a/>'::xml))

-- replica: plainRead
SELECT left('abc', 1), right('abc', 1), replace('a', 'b', 'c'), reverse('abc'), repeat('x', 3), format('%s', 1), like('a', 'b'), overlay('abc' placing 'x' from 1)

-- replica: plainRead; invalid before 16
SELECT '{"a": 1}' IS JSON, '[1]' IS JSON ARRAY

-- replica: plainRead; invalid before 16
SELECT 1_000, 0x1F, 0o17, 0b101, 1_000.5_0

-- replica: plainRead
SELECT 1.5, .5, 1., 1e10, 1.5e-3, 2E+5

-- replica: plainRead
SELECT * FROM big_accounts

-- replica: plainRead
SELECT * FROM totals

-- replica: plainRead
SELECT id FROM orders WHERE placed_at > now() - interval '7 days' AND (status = 'open' OR status IS NULL)

-- replica: plainRead
SELECT type, value, key, name, at FROM events WHERE type = 'x' AND "group" = 'y' ORDER BY at

-- replica: plainRead
SELECT ALL id FROM accounts

-- replica: plainRead
SELECT FROM accounts

-- replica: plainRead
SELECT pg_sleep(0), pg_typeof(1), md5('x'), sha256('x'), encode('x', 'hex'), width_bucket(1, 2, 3, 4)

-- replica: plainRead; varies
SELECT inet_server_port()

-- replica: plainRead; varies
SELECT inet_server_addr(), inet_server_port(), inet_client_addr(), inet_client_port()

-- replica: plainRead
SELECT version()

-- replica: plainRead
SELECT current_database(), current_schema(), current_schemas(true), current_setting('app.tenant', true), current_setting('server_version_num')::int

-- replica: plainRead
SELECT hashtext('a'), hashint4(1), starts_with('abc', 'a'), array_cat('{1}'::int[], '{2}')

-- replica: emptyQuery; statements 0


-- replica: emptyQuery; statements 0
;

-- replica: emptyQuery; statements 0
; ;; ;

-- replica: emptyQuery; statements 0
-- ping

-- replica: emptyQuery; statements 0
/* ping */

-- replica: emptyQuery; statements 0
/* a /* nested */ comment */ ; -- and one more
