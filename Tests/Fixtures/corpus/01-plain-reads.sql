--! read: one table
SELECT * FROM customers WHERE id = 7
SELECT id, name FROM customers ORDER BY id LIMIT 5 OFFSET 3
SELECT count(*) FROM orders

--! primary: writes rows
INSERT INTO scratch VALUES (1, 'x')

--! primary: writes behind a function
SELECT log_visit('a')

--! read: a view over a view
SELECT * FROM short_names

--! primary: a view that writes
SELECT * FROM noting_customers
