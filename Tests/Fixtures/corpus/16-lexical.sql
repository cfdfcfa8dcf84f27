--! read: comments | untouched
/* a comment */ SELECT 1
-- a line
 SELECT 2
SELECT /* INSERT INTO scratch VALUES (1) */ 3
SELECT 4 -- ; DELETE FROM scratch
SELECT /* /* nested */ still ' a comment " */ 5
/* 'open */ SELECT 6
/**/SELECT/**/7/**/
SELECT 8;
SELECT 9 ;;
  	SELECT 10
SELECT 'a'
  'b'
SELECT 1 /*app='x',controller='orders'*/
/*application='shop',traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/ SELECT name FROM customers WHERE id = 1
SELECT 1--1
 + 1
SELECT 5 -/* comment */-5
SELECT+1
SELECT(1)
SELECT'x'
SELECT"id"FROM"customers"WHERE"id"=1
SELECT*FROM customers WHERE id=1
SELECT 1e1,.5,1.,1.5e-3::text

--! read: quotes | untouched
SELECT $$ INSERT INTO scratch; $$, $tag$ it's $$ $tag$, $ö$x$ö$
SELECT E'a\'b; DELETE FROM scratch --', E'\\', e'\x41\u0042\101'
SELECT 'a\', 'b'
SELECT U&'d\0061t\+000061', U&'x!0061' UESCAPE '!'
SELECT N'national', B'0101', X'ab'
SELECT 'nextval(''numbers'')', "name" FROM customers WHERE id = 1
SELECT 'it''s ; INSERT INTO x'
SELECT 'FOR UPDATE', $$nextval('numbers')$$, 'pg_advisory_lock(1)'
SELECT '/* no comment */', '-- no comment', "name" /* " */ FROM customers WHERE id = 1
SELECT $a$ $b$ $a$, $b$ $a$ $b$
SELECT 'a' /* after */ || 'b' IS NULL

--! primary: hidden in quotes and comments | untouched
/* SELECT 1 */ INSERT INTO scratch VALUES (2, 'c')
-- SELECT 1
 INSERT INTO scratch VALUES (3, 'c')
SELECT 'x' /* */ , log_visit/* ( */(/* ) */'q')
SELECT 1; INSERT INTO scratch VALUES (4, E'\'; SELECT 1')
SELECT '\'; INSERT INTO scratch VALUES (5, 'x'); SELECT ''
SELECT $a$;$a$; DELETE FROM scratch WHERE id = -1; SELECT $$;$$
SELECT nextval -- (
 ('numbers')
SELECT nextval
  ('numbers')
SELECT/**/log_visit('x')FROM(SELECT 1)x
(((SELECT log_visit('x'))))
;;INSERT INTO scratch VALUES (6, 'c');;
SELECT E'a\\', log_visit('x'), '\'
SELECT U&'\0027', log_visit('; --')
SELECT $ö$'$ö$, log_visit($$x$$)
/* /* */ SELECT 1; */ SELECT log_visit('n')
explain/**/analyze/**/select log_visit('e')
(VALUES(log_visit('v')))
WITH/**/x/**/AS(DELETE/**/FROM scratch WHERE id=-1 RETURNING*)SELECT*FROM x

--! primary: refused: malformed texts | untouched
SELECT 'open
SELECT "open
SELECT /* open
SELECT $$ open
SELECT (1
SELECT 1)
SELEC 1
SELECT * FROM
FROM customers
SELECT 1 1 1
INSERT INTO
SELECT E'\'
$1
SELECT nextval('no_such_sequence')
INSERT INTO no_such_table VALUES (1)

--! caution: nothing, of which servers log nothing | untouched
;
-- only a comment
/* only a comment */
