--! read: json
SELECT profile ->> 'n', profile -> 'tags' -> 0, profile #>> '{tags,1}' FROM customers WHERE id < 4 ORDER BY id
SELECT id FROM customers WHERE profile @> '{"level": 2}' ORDER BY id LIMIT 5
SELECT id FROM customers WHERE profile ? 'n' AND profile ?| ARRAY['a', 'level'] AND profile ?& ARRAY['n', 'level'] ORDER BY id LIMIT 3
SELECT profile @? '$.tags[*] ? (@ > 5)', profile @@ '$.n > 3' FROM customers WHERE id < 6 ORDER BY id
SELECT jsonb_path_query(profile, '$.tags[*]') FROM customers WHERE id = 3
SELECT jsonb_set(profile, '{n}', '99'), jsonb_insert(profile, '{tags, 0}', '7'), profile - 'n', profile #- '{tags,0}', profile || '{"x": 1}' FROM customers WHERE id = 3
SELECT key, value FROM customers, jsonb_each(profile) WHERE id = 3 ORDER BY key
SELECT * FROM customers, jsonb_to_record(profile) AS r (n int, level int) WHERE id = 3
SELECT jsonb_array_elements(profile -> 'tags') FROM customers WHERE id < 3 ORDER BY 1
SELECT json_build_object('a', 1, 'b', json_build_array(1, 'x')), to_json(ARRAY[1, 2]), row_to_json(ROW(1, 'x')), json_typeof('[]')
SELECT jsonb_pretty(profile), jsonb_typeof(profile), jsonb_strip_nulls('{"a": null}') FROM customers WHERE id = 1
SELECT profile['level'], profile['tags'][0] FROM customers WHERE id = 4
SELECT json_object_keys(data) FROM documents WHERE id = 1
SELECT '{"a": {"b": 1}}'::jsonb #> '{a}', '{"insert": "into"}'::jsonb ->> 'insert'
SELECT id FROM customers WHERE (profile ->> 'level')::int = 1 AND jsonb_array_length(profile -> 'tags') = 2 ORDER BY id LIMIT 3
SELECT jsonb_agg(profile ORDER BY id) FILTER (WHERE id < 3) FROM customers
SELECT (jsonb_populate_record(NULL::address, '{"street": "s", "city": "c"}')).city
SELECT jsonb_path_exists(profile, '$.n'), jsonb_path_match(profile, 'exists($.n)'), jsonb_path_query_array(profile, '$.tags[*]'), jsonb_path_query_first(profile, '$.tags[*]') FROM customers WHERE id = 1

--! read: arrays
SELECT tags[1], tags[1:2], array_length(tags, 1), cardinality(tags) FROM customers WHERE id < 4 ORDER BY id
SELECT id FROM customers WHERE tags @> ARRAY['t1'] AND tags && ARRAY['all', 'x'] ORDER BY id LIMIT 4
SELECT id FROM customers WHERE 't2' = ANY (tags) ORDER BY id LIMIT 4
SELECT unnest(tags), id FROM customers WHERE id < 3 ORDER BY 2, 1
SELECT array_append(ARRAY[1], 2), array_prepend(0, ARRAY[1]), ARRAY[1] || ARRAY[2], array_cat(ARRAY[1], ARRAY[3]), array_remove(ARRAY[1, 2], 1), array_replace(ARRAY[1, 2], 1, 9), array_position(ARRAY['a', 'b'], 'b'), array_to_string(ARRAY[1, NULL, 3], ',', '*'), string_to_array('a,b', ',')
SELECT ints && ARRAY[3], ints @> ARRAY[2], ints + 7, ints - 1, # ints, sort_desc(ints), uniq(ints), icount(ints) FROM documents WHERE id < 4 ORDER BY id
SELECT id FROM documents WHERE ints @@ '2&3'::query_int ORDER BY id
SELECT '{{1,2},{3,4}}'::int[][], (ARRAY[[1, 2], [3, 4]])[2][1], array_dims(ARRAY[[1], [2]]), array_ndims(ARRAY[1]), array_fill(7, ARRAY[2])
SELECT trim_array(ARRAY[1, 2, 3], 1), generate_subscripts(ARRAY['a', 'b'], 1)
SELECT array_agg(x ORDER BY x DESC) FROM unnest('{3,1,2}'::int[]) x

--! read: ranges
SELECT id FROM customers WHERE active @> date '2024-01-15' ORDER BY id LIMIT 3
SELECT id FROM customers WHERE active && daterange('2024-01-05', '2024-01-07', '[]') ORDER BY id LIMIT 3
SELECT lower(active), upper(active), isempty(active), lower_inc(active), upper_inf(active) FROM customers WHERE id = 1
SELECT int4range(1, 5) * int4range(3, 9), int4range(1, 5) + int4range(5, 9), int4range(1, 9) - int4range(5, 9), int4range(1, 3) << int4range(5, 6), int4range(1, 3) -|- int4range(3, 4), numrange(1, 2, '()'), range_merge(int4range(1, 2), int4range(5, 6))
SELECT '{[1,2), [5,7)}'::int4multirange @> 6, multirange(int4range(1, 3)), unnest('{[1,2), [5,7)}'::int4multirange)
SELECT weights(1.5, 2.5) @> 2.0::float8, weights(1, 3) * weights(2, 5), upper(weights(1, 3))
SELECT count(*) FROM documents WHERE period @> timestamptz '2024-01-01 12:00Z'
SELECT a.id, b.id FROM customers a JOIN customers b ON a.active && b.active AND a.id < b.id WHERE a.id < 3 AND b.id < 5 ORDER BY 1, 2

--! read: hstore, ltree, trigrams, citext
SELECT attributes -> 'n', attributes ? 'n', attributes @> 'n=>3', akeys(attributes), avals(attributes), hstore_to_json(attributes) FROM customers WHERE id = 3
SELECT key, value FROM customers, each(attributes) WHERE id = 2
SELECT attributes || 'x=>1'::hstore, attributes - 'n'::text, delete(attributes, 'n'), hstore(ROW(1, 2)), hstore('a', 'b') FROM customers WHERE id = 2
SELECT path FROM documents WHERE path <@ 'top' ORDER BY path LIMIT 3
SELECT path FROM documents WHERE path ~ 'top.*{1}' AND path @ 'l1' ORDER BY path
SELECT nlevel(path), subpath(path, 1), ltree2text(path), path || 'x', lca(path, 'top.b') FROM documents WHERE id = 1
SELECT id FROM customers WHERE name % 'customer 7' ORDER BY similarity(name, 'customer 7') DESC, id LIMIT 3
SELECT name <-> 'customer 1', word_similarity('cust', name), 'cust' <% name, show_trgm('ab') FROM customers WHERE id = 1
SELECT id FROM customers WHERE email = 'C3@EXAMPLE.COM'
SELECT unaccent('Hôtel'), regexp_replace(email, '@.*', ''), split_part(email, '@', 2), strpos(email, '@') FROM customers WHERE id = 1
SELECT digest('x', 'sha256'), encode(hmac('a', 'b', 'sha1'), 'hex'), crypt('pw', '$1$abcdefgh')
SELECT uuid_nil(), uuid_generate_v5(uuid_ns_dns(), 'example.com')
SELECT * FROM crosstab('SELECT customer_id, status, count(*) FROM orders WHERE customer_id < 4 GROUP BY 1, 2 ORDER BY 1, 2') AS ct (id int, a bigint)

--! caution: an extension's function that is declared volatile | varies
SELECT uuid_generate_v4(), uuid_generate_v1()
SELECT gen_salt('bf', 4)
SELECT gen_random_bytes(8)
SELECT * FROM normal_rand(3, 5.0, 1.0)

--! read: full-text search
SELECT id FROM customers WHERE search @@ to_tsquery('english', 'rat & cat') ORDER BY id LIMIT 3
SELECT id, ts_rank(search, q) FROM customers, plainto_tsquery('english', 'number buys') q WHERE search @@ q ORDER BY 2 DESC, 1 LIMIT 3
SELECT ts_headline('english', 'the fat cat', to_tsquery('english', 'cat')), websearch_to_tsquery('english', '"fat cat" -dog'), phraseto_tsquery('english', 'fat cat')
SELECT to_tsvector('simple', 'a b a'), setweight(to_tsvector('simple', 'a'), 'A') || to_tsvector('simple', 'b'), strip('a:1 b:2'::tsvector), 'fat'::tsquery && 'cat'::tsquery, 'fat'::tsquery <-> 'cat'::tsquery, !! 'x'::tsquery
SELECT ts_rank_cd(search, to_tsquery('english', 'cat')), numnode(to_tsquery('english', 'a & b')), querytree('a & b'::tsquery), ts_lexize('english_stem', 'stars') FROM customers WHERE id = 1
SELECT alias, token FROM ts_debug('english', 'fat cats')

--! read: xml
SELECT xpath('/doc/title/text()', body) FROM documents WHERE id = 1
SELECT xmlelement(name a, xmlattributes(id AS i), 'x'), xmlforest(id, name), xmlconcat('<a/>', '<b/>'), xmlcomment('c'), xmlpi(name php, 'x') FROM customers WHERE id = 1
SELECT x.* FROM documents d, XMLTABLE('/doc' PASSING d.body COLUMNS id int PATH '@id', title text PATH 'title') x WHERE d.id < 4 ORDER BY 1
SELECT xmlserialize(content body AS text), xmlparse(document '<a/>'), body IS DOCUMENT, xmlexists('/doc' PASSING body), xml_is_well_formed('<a>') FROM documents WHERE id = 2
SELECT xmlroot(xmlparse(document '<a/>'), version '1.0', standalone yes)

--! read: xml that is not well formed
SELECT 1 WHERE xml_is_well_formed_content('<a/><b/>')

--! caution: a function that runs a text
SELECT * FROM ts_stat('SELECT search FROM customers WHERE id < 4') ORDER BY nentry DESC, ndoc DESC, word LIMIT 3
SELECT query_to_xml('SELECT 1 AS a', true, false, '')
SELECT table_to_xml('shop.products', true, false, '') IS NOT NULL
SELECT database_to_xml_and_xmlschema(true, true, '') IS NOT NULL WHERE false

--! read: geometry, network, bits, text
SELECT place <-> point(0, 0), place <@ box(point(0, 0), point(5, -5)), circle(place, 1) @> place FROM customers WHERE id < 4 ORDER BY id
SELECT area(circle '((0,0),2)'), center(box '((0,0),(2,2))'), lseg '((0,0),(1,1))' ?# lseg '((0,1),(1,0))', point '(1,2)' + point '(1,1)', npoints(path '((0,0),(1,1))'), isclosed(path '((0,0),(1,1))')
SELECT inet '10.0.0.1' << cidr '10.0.0.0/8', host(inet '10.0.0.1/8'), masklen(inet '10.0.0.1/8'), network(inet '10.0.0.1/8'), inet '10.0.0.1' + 5
SELECT B'1010' & B'0110', B'10' || B'01', get_bit(B'100', 0), bit_count(B'1011'), set_bit(B'100', 2, 1)
SELECT lower('ABC'), upper('abc'), initcap('ab cd'), left('abc', 2), right('abc', 2), lpad('a', 3, 'x'), reverse('abc'), repeat('a', 3), replace('abc', 'b', 'x'), translate('abc', 'ab', 'xy'), format('%s-%I-%L', 'a', 'B', 'c'), quote_ident('A'), quote_literal('x'), chr(65), ascii('A'), md5('x'), encode('x', 'hex'), concat_ws(',', 'a', NULL, 'b'), regexp_matches('abc', 'b'), regexp_split_to_array('a b', ' '), to_hex(255), starts_with('abc', 'a')
SELECT abs(-1), ceil(1.2), floor(1.8), round(1.555, 2), trunc(1.99), mod(7, 3), power(2, 3), sqrt(16), ln(1), exp(0), sign(-3), pi() > 3, gcd(12, 18), lcm(4, 6), width_bucket(5, 0, 10, 5), factorial(5), div(7, 2), scale(1.20), trim_scale(1.20)
SELECT date_trunc('day', timestamp '2024-05-06 07:08'), date_part('hour', timestamp '2024-05-06 07:08'), to_char(timestamp '2024-05-06 07:08', 'YYYY-MM-DD HH24:MI'), to_date('2024', 'YYYY'), to_timestamp(0), make_date(2024, 1, 2), make_interval(days => 3), justify_days(interval '35 days'), date_bin('15 minutes', timestamp '2024-01-01 00:17', timestamp '2024-01-01'), isfinite(date 'infinity')
SELECT 'sad'::mood < 'happy'::mood, enum_range(NULL::mood), enum_first(NULL::mood), enum_last('ok'::mood), enum_range('sad'::mood, 'ok')
SELECT 1::bigint, '1'::numeric(5, 2), 'x'::varchar(3), 't'::bool, '\x41'::bytea, '1 day'::interval, '08:00'::time, 'customers'::regclass, 'int4'::regtype, 12::text::int, '10.1'::float8::int, int '5', '{}'::json, '3'::money IS NOT NULL
SELECT char_length('äö'), bit_length('a'), character_length('abc')
SELECT pg_size_pretty(1024::bigint), pg_column_size('abc'::text), pg_size_bytes('1 MB')

--! caution: names like those of PostgreSQL's own, whose overloads only types tell apart
SELECT length('abc'), octet_length('äö'), length('abc'::bytea), length('{1}'::text)
