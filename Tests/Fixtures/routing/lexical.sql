-- replica: plainRead
SELECT 'it''s', '', '--', '/*', '"'

-- replica: plainRead
SELECT E'it\'s', E'\\', e'\'; DROP TABLE accounts; --'

-- primary: changesSchema; effects mayRelease; statements 3; by DROP
SELECT 'it\'; DROP TABLE IF EXISTS no_such_table; SELECT 'x'

-- replica: plainRead
SELECT 'a'
  'b'

-- replica: plainRead
SELECT E'a'
  '\' nextval(1)'

-- replica: plainRead
SELECT 'a' -- a comment between the parts
  'b'

-- replica: plainRead
SELECT U&'d\0061t\+000061', U&'d!0061t' UESCAPE '!', N'x', n'x'

-- replica: plainRead
SELECT B'101', x'1F', b'', X''

-- replica: plainRead
SELECT $$it's$$, $tag$ $$ ' " $other$ $tag$, $_1$x$_1$, $ü$x$ü$

-- primary: malformed; effects unexamined; invalid
SELECT 'abc

-- primary: malformed; effects unexamined; invalid
SELECT "abc

-- primary: malformed; effects unexamined; invalid
SELECT $$abc

-- primary: malformed; effects unexamined; invalid
SELECT $a$abc$b$

-- primary: malformed; effects unexamined; invalid
SELECT E'abc\'

-- primary: malformed; effects unexamined; invalid
SELECT /* abc

-- primary: malformed; effects unexamined; invalid
SELECT /* /* */ 1

-- primary: malformed; effects unexamined; invalid
SELECT (1

-- primary: malformed; effects unexamined; invalid
SELECT 1)

-- primary: malformed; effects unexamined; invalid
SELECT {1}

-- primary: malformed; effects unexamined; invalid
SELECT \1

-- primary: malformed; effects unexamined; invalid
SELECT $

-- replica: plainRead
SELECT/**/1/**/FROM/* x */accounts--

-- replica: plainRead
SELECT /* /* nested */ still */ 1

-- replica: plainRead
SELECT 1 /*/ */ , 2 /**/ , 3 /***/ , 4 /* **/

-- replica: plainRead
SELECT 1--comment

-- replica: plainRead
SELECT 2 -- 'unterminated in a comment
+ 3

-- replica: plainRead
SELECT 5*/* x */2, 5+--x
1

-- replica: plainRead
SELECT 1::int::text::varchar(3), (ARRAY[1,2])[1:2]

-- replica: plainRead
SELECT $1::int + $2 , $1

-- replica: plainRead
SELECT "a""b" FROM (SELECT 1 AS "a""b") x

-- replica: plainRead
SELECT größe, 名前 FROM (SELECT 1 AS größe, 2 AS 名前) x

-- replica: plainRead
SELECT a$b, _x FROM (SELECT 1 AS a$b, 2 AS _x) x

-- replica: plainRead
sElEcT CoUnT(*) fRoM AcCoUnTs

-- replica: plainRead
SELECT
	1
,
	2

-- primary: ambiguousQuoting; effects unexamined; conforming off
SELECT 'it\'s'

-- replica: plainRead; conforming off
SELECT 'plain', E'it\'s', "a\b" FROM (SELECT 1 AS "a\b") x

-- primary: ambiguousQuoting; effects unexamined; conforming off
SELECT '\', nextval(', 1

-- primary: unknownStatement; effects unexamined; invalid
﻿SELECT 1

-- replica: plainRead; invalid
SELECT 123abc FROM
