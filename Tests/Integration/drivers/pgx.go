// pgx's ordinary work on several connections at once, each step with its result checked.
// Its statement cache prepares every statement under a name of its own.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const connections = 10

var (
	ctx        = context.Background()
	url, table = os.Args[1], os.Args[2]
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(holds bool, what string, more ...interface{}) {
	if !holds {
		panic(fmt.Sprint(what, ": ", fmt.Sprint(more...)))
	}
}

func code(err error) string {
	if known, is := err.(*pgconn.PgError); is {
		return known.Code
	}
	return fmt.Sprint(err)
}

func connect() *pgx.Conn {
	connection, err := pgx.Connect(ctx, url)
	must(err)
	return connection
}

func statements(connection *pgx.Conn, me int) {
	text := fmt.Sprintf("select $1::int + %d, $2::text", me)
	for round := 0; round < 20; round++ {
		var sum int
		var word string
		must(connection.QueryRow(ctx, text, round, "Grüße").Scan(&sum, &word))
		check(sum == round+me && word == "Grüße", "statement", sum, word)
	}
	_, err := connection.Prepare(ctx, "own", fmt.Sprintf("select %d + $1::int", me))
	must(err)
	for round := 0; round < 5; round++ {
		var sum int
		must(connection.QueryRow(ctx, "own", round).Scan(&sum))
		check(sum == round+me, "own statement", sum)
	}
	must(connection.Deallocate(ctx, "own"))
	var n int
	err = connection.QueryRow(ctx, "select 10 / $1::int", 0).Scan(&n)
	check(code(err) == "22012", "division", err)
	err = connection.QueryRow(ctx, "select x from nowhere where x = $1", 0).Scan(&n)
	check(code(err) == "42P01", "no table", err)
}

func transactions(connection *pgx.Conn, me int) {
	for round := 0; round < 5; round++ {
		tx, err := connection.Begin(ctx)
		must(err)
		_, err = tx.Exec(ctx, "insert into "+table+" values ($1, $2)", me*1000+round, fmt.Sprint(me))
		must(err)
		var count int
		must(tx.QueryRow(ctx, "select count(*) from "+table+" where text = $1", fmt.Sprint(me)).
			Scan(&count))
		check(count == round+1, "own writes", count)
		inner, err := tx.Begin(ctx)
		must(err)
		_, err = inner.Exec(ctx, "insert into "+table+" values ($1, 'again')", me*1000)
		check(code(err) == "23505", "again", err)
		must(inner.Rollback(ctx))
		must(tx.Commit(ctx))
	}
	tx, err := connection.BeginTx(
		ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	must(err)
	_, err = tx.Exec(ctx, "insert into "+table+" values (1, 'x')")
	check(code(err) == "25006", "read only", err)
	must(tx.Rollback(ctx))
}

func batches(connection *pgx.Conn, me int) {
	batch := &pgx.Batch{}
	for n := 0; n < 50; n++ {
		batch.Queue("insert into "+table+" values ($1, 'batch')", me*1000+500+n)
	}
	batch.Queue("select $1::int * 2", me)
	results := connection.SendBatch(ctx, batch)
	for n := 0; n < 50; n++ {
		_, err := results.Exec()
		must(err)
	}
	var doubled int
	must(results.QueryRow().Scan(&doubled))
	check(doubled == 2*me, "batch", doubled)
	must(results.Close())

	failing := &pgx.Batch{}
	failing.Queue("select 1")
	failing.Queue("select 1 / $1::int", 0)
	failing.Queue("select 2")
	results = connection.SendBatch(ctx, failing)
	_, err := results.Exec()
	must(err)
	_, err = results.Exec()
	check(code(err) == "22012", "batch error", err)
	_ = results.Close()
}

func copies(connection *pgx.Conn, me int) {
	rows := [][]interface{}{}
	for n := 0; n < 100; n++ {
		rows = append(rows, []interface{}{me*1000 + 700 + n, "copied"})
	}
	count, err := connection.CopyFrom(
		ctx, pgx.Identifier{table}, []string{"id", "text"}, pgx.CopyFromRows(rows))
	must(err)
	check(count == 100, "copied", count)
	_, err = connection.CopyFrom(
		ctx, pgx.Identifier{table}, []string{"id", "text"}, pgx.CopyFromRows(rows))
	check(code(err) == "23505", "copied again", err)
}

func settings(connection *pgx.Conn, me int) {
	zone := []string{"Asia/Tokyo", "Europe/Berlin", "America/Lima"}[me%3]
	_, err := connection.Exec(ctx, "set timezone = '"+zone+"'")
	must(err)
	for round := 0; round < 10; round++ {
		var got string
		must(connection.QueryRow(ctx, "select current_setting('TimeZone')").Scan(&got))
		check(got == zone, "time zone", got, " for ", zone)
	}
	_, err = connection.Exec(ctx, "reset all")
	must(err)
}

func cancels(connection *pgx.Conn) {
	_, err := connection.Exec(ctx, "set statement_timeout = '100ms'")
	must(err)
	_, err = connection.Exec(ctx, "select pg_sleep($1)", 30)
	check(code(err) == "57014", "timeout", err)
	_, err = connection.Exec(ctx, "set statement_timeout = 0")
	must(err)
}

func work(me int) {
	connection := connect()
	defer connection.Close(ctx)
	statements(connection, me)
	transactions(connection, me)
	batches(connection, me)
	copies(connection, me)
	settings(connection, me)
	cancels(connection)
	var n int
	must(connection.QueryRow(ctx, "select 7").Scan(&n))
	check(n == 7, "the last", n)
}

func listening() {
	listener := connect()
	defer listener.Close(ctx)
	_, err := listener.Exec(ctx, "listen pgx_news")
	must(err)
	sender := connect()
	defer sender.Close(ctx)
	_, err = sender.Exec(ctx, "select pg_notify('pgx_news', 'hello')")
	must(err)
	limited, end := context.WithTimeout(ctx, 20*time.Second)
	defer end()
	heard, err := listener.WaitForNotification(limited)
	must(err)
	check(heard.Payload == "hello", "payload", heard.Payload)
}

func pooled() {
	pool, err := pgxpool.Connect(ctx, url+"?pool_max_conns=10")
	must(err)
	defer pool.Close()
	var group sync.WaitGroup
	for n := 0; n < 200; n++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			var doubled int
			must(pool.QueryRow(ctx, "select $1::int * 2", n).Scan(&doubled))
			check(doubled == 2*n, "pooled", doubled)
		}(n)
	}
	group.Wait()
}

func main() {
	var group sync.WaitGroup
	for me := 1; me <= connections; me++ {
		group.Add(1)
		go func(me int) {
			defer group.Done()
			work(me)
		}(me)
	}
	group.Wait()
	listening()
	pooled()
	fmt.Println("pgx: all good")
}
