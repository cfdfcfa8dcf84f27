--! read: quoted and mixed-case names
SELECT "Id", "Item Name" FROM "Mixed Case"."Order Items" ORDER BY "Id" LIMIT 3
SELECT o."Item Name", o."from" FROM "Mixed Case"."Order Items" AS o WHERE o."Id" = 2
SELECT "Mixed Case"."Order Items"."Id" FROM "Mixed Case"."Order Items" WHERE "Order Items"."Id" = 1
SELECT "Note", "select" FROM orders WHERE "select" = 3
SELECT "customers"."name" FROM "public"."customers" WHERE "customers"."id" = 1
SELECT U&"n\0061me" FROM U&"customer\0073" WHERE id = 1
SELECT U&"n!0061me" UESCAPE '!' FROM customers WHERE id = 1
SELECT "name" AS "a ""quoted"" name", 'it''s' AS "it's" FROM customers WHERE id = 1
SELECT "Mixed Case"."Price Of"("Id") FROM "Mixed Case"."Order Items" WHERE "Id" < 3 ORDER BY 1
SELECT * FROM CUSTOMERS WHERE ID = 1
SELECT NaMe FROM PuBlIc.CuStOmErS WHERE iD = 2
SELECT "length", "nextval" FROM (SELECT 1 AS "length", 2 AS "nextval") x
SELECT c.code FROM "Mixed Case"."Order Items" c WHERE c.code = 'C3'
SELECT 1 AS "INSERT", 2 AS "update", 3 AS "; DELETE FROM scratch; --"

--! read: names of other scripts
SELECT "länge", "имя", "名前" FROM "größe"."tälle" ORDER BY 1
SELECT t."имя" AS "имя клиента" FROM "größe"."tälle" t WHERE t."länge" = 1
SELECT länge FROM größe.tälle ORDER BY länge
SELECT имя, 名前 FROM größe.tälle WHERE имя = 'два'
SELECT größe.maß(länge) FROM größe.tälle ORDER BY 1
SELECT U&"l\00E4nge" FROM "größe"."tälle" WHERE U&'\0442' <> ''
SELECT '日本語' AS 日本語, 'ö' || 'ü' AS ß
SELECT émoji FROM (SELECT '🙂' AS émoji) AS 😀

--! primary: names of other scripts that write
SELECT größe.schreibe('x')
SELECT "größe"."schreibe"(имя) FROM größe.tälle
SELECT "Mixed Case"."Log It"("Item Name") FROM "Mixed Case"."Order Items" WHERE "Id" = 1
SELECT U&"log_v\0069sit"('x')
SELECT U&"log_v!0069sit" UESCAPE '!' ('x')
SELECT pg_catalog . nextval ( 'numbers' )
SELECT "pg_catalog"."nextval"('numbers')
SELECT U&"nextv\0061l"('numbers')
SELECT "public" . "log_visit" ('a')
SELECT public.LOG_visit('a')
SELECT corpus.public.log_visit('a')
SELECT corpus.pg_catalog.nextval('numbers')

--! read: columns named like functions and keywords
SELECT key, value, count, max, name, date, nextval FROM metrics WHERE id = 1
SELECT m.count, m.max, m.nextval, m."user", m."table" FROM metrics m WHERE m.id = 2
SELECT nextval + 1 FROM metrics WHERE nextval < 3 ORDER BY nextval
SELECT count (*) FROM metrics
SELECT sum(count), max(max), count(count) FROM metrics
SELECT metrics.nextval FROM metrics WHERE metrics.nextval = 4
SELECT max(nextval) FROM metrics
SELECT at, key FROM metrics ORDER BY at DESC LIMIT 1
SELECT date FROM metrics WHERE date > '2024-03-05' ORDER BY date LIMIT 1
SELECT x.insert, x.update FROM (SELECT 1 AS insert, 2 AS update) x
SELECT log_visit FROM (SELECT 1 AS log_visit) x
SELECT x.set_config FROM (VALUES (1)) x (set_config)
SELECT id AS nextval, name AS delete FROM customers WHERE id = 1
SELECT execute, call, do_it, lock, notify FROM (SELECT 1, 2, 3, 4, 5) x (execute, call, do_it, lock, notify)
SELECT listen.prepare FROM (SELECT 1 AS prepare) listen
SELECT set.copy FROM (SELECT 1 AS copy) set
SELECT value FROM metrics GROUP BY value HAVING max(id) < 3 ORDER BY value
SELECT begin, commit FROM (VALUES (1, 2)) t (begin, commit)

--! primary: attribute notation
SELECT customers.touch FROM customers WHERE id = 2
SELECT c.concat FROM (SELECT 1 AS concat) c, audit.noted('x')
SELECT c.length AS n FROM customers c WHERE c.id = 2
SELECT (SELECT x.touch FROM customers x WHERE x.id = 1)
SELECT touch(c.*) FROM customers c WHERE c.id = 1
SELECT (c.*).touch FROM customers c WHERE c.id = 1
SELECT c.id FROM customers c WHERE c.id = 1 AND c.touch <> ''
SELECT c.id FROM customers c WHERE c.id < 3 ORDER BY c.touch
SELECT count(c.touch) FROM customers c WHERE c.id < 3
SELECT ('numbers'::regclass) . nextval
SELECT (m.n).nextval FROM (SELECT 'numbers'::regclass AS n) m

--! primary: a writing function of a schema that search_path chooses | after SET search_path = shop, public
SELECT rate(1)
SELECT charge(1)
SELECT RATE(id) FROM products WHERE id = 1

--! primary: a writing function of a schema ahead | after SET search_path = audit, shop, public
SELECT only_here(1)
SELECT note('x')
SELECT noted('x')

--! primary: a writing function ahead of PostgreSQL's own | after SET search_path = shadow, public, pg_catalog
SELECT lower('ABC')
SELECT tax(1)
SELECT LOWER(name) FROM customers

--! read: a harmless function of a schema that search_path chooses | after SET search_path = util, public
SELECT rate(1), tax(3)
SELECT clean(' A ')
SELECT customer_name(1)

--! read: a harmless function that search_path chooses | after SET search_path = public
SELECT rate(2), tax(2)
SELECT lower('A')

--! primary: set_config chose the schema | after SELECT set_config('search_path', 'shop, public', false)
SELECT rate(1)

--! primary: a setting in a block chose the schema | after BEGIN | after SET LOCAL search_path = shop, public
SELECT rate(1)
