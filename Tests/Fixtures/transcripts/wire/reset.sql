-- Puts the tables back as every conversation expects them. Statements end with an empty line.

TRUNCATE item, line, many, bare, driven, elsewhere.item RESTART IDENTITY

INSERT INTO item VALUES (1, 'anvil', 99.5, '2020-02-29'), (2, 'bolt', 0.25, NULL), (3, 'cog', 7, NULL)

INSERT INTO elsewhere.item VALUES (1, 'elsewhere')

INSERT INTO many SELECT n, 'row ' || n FROM generate_series(1, 1000) n

SELECT setval('counter', 1, false)
