// node-pg's ordinary work on several connections at once, each step with its result checked.
"use strict";
const assert = require("assert");
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");

const [connectionString, table] = process.argv.slice(2);
const CONNECTIONS = 10;

async function connected(work, options = {}) {
    const client = new Client({ connectionString, ...options });
    await client.connect();
    try {
        return await work(client);
    } finally {
        await client.end();
    }
}

// A named query is parsed once on a connection and then only bound.
async function namedQueries(client, me) {
    for (let round = 0; round < 20; round++) {
        const { rows } = await client.query({
            name: "named", text: `SELECT $1::int + ${me} AS sum, '${me}' AS me`, values: [round],
        });
        assert.deepStrictEqual(rows, [{ sum: round + me, me: String(me) }]);
    }
    await assert.rejects(
        client.query({ name: "fails", text: "SELECT 10 / $1::int", values: [0] }),
        { code: "22012" });
    await assert.rejects(
        client.query({ name: "wrong", text: "SELECT * FROM nowhere WHERE x = $1", values: [0] }),
        { code: "42P01" });
}

async function transactions(client, me) {
    for (let round = 0; round < 5; round++) {
        await client.query("BEGIN");
        await client.query({
            name: "insert", text: `INSERT INTO ${table} VALUES ($1, $2)`,
            values: [me * 1000 + round, `row ${me}`],
        });
        const { rows } = await client.query({
            name: "count", text: `SELECT count(*)::int AS n FROM ${table} WHERE text = $1`,
            values: [`row ${me}`],
        });
        assert.strictEqual(rows[0].n, round + 1);
        await client.query("COMMIT");
    }
    await client.query("BEGIN");
    await assert.rejects(
        client.query(`INSERT INTO ${table} VALUES ($1, 'again')`, [me * 1000]), { code: "23505" });
    await assert.rejects(client.query("SELECT 1"), { code: "25P02" });
    await client.query("ROLLBACK");
}

async function cursors(client) {
    await client.query("BEGIN");
    const cursor = client.query(new Cursor("SELECT n FROM generate_series(1, $1::int) n", [250]));
    let seen = 0;
    for (let rows = await cursor.read(60); rows.length; rows = await cursor.read(60)) {
        seen += rows.length;
    }
    assert.strictEqual(seen, 250);
    await cursor.close();
    await client.query("COMMIT");
    let streamed = 0;
    const stream = client.query(
        new QueryStream("SELECT n FROM generate_series(1, 300) n", [], { batchSize: 50 }));
    for await (const row of stream) streamed += row.n > 0 ? 1 : 0;
    assert.strictEqual(streamed, 300);
}

async function settings(client, me) {
    const zone = ["Asia/Tokyo", "Europe/Berlin", "America/Lima"][me % 3];
    await client.query(`SET TIME ZONE '${zone}'`);
    await client.query("SELECT set_config('app.me', $1, false)", [String(me)]);
    for (let round = 0; round < 10; round++) {
        const { rows } = await client.query(
            "SELECT current_setting('TimeZone') AS zone, current_setting('app.me') AS me");
        assert.deepStrictEqual(rows, [{ zone, me: String(me) }]);
    }
    assert.deepStrictEqual((await client.query("SHOW timezone")).rows, [{ TimeZone: zone }]);
}

async function types(client) {
    const values = [null, "Grüße ☃", Buffer.from([0, 255]), true, { a: [1] }, [1, 2, 3]];
    const { rows } = await client.query({
        text: "SELECT $1::text, $2::text, $3::bytea, $4::bool, $5::jsonb, $6::int[]",
        values, rowMode: "array",
    });
    assert.deepStrictEqual(rows[0], values);
    const many = await client.query("SELECT 1 AS a; SELECT 2 AS b");
    assert.deepStrictEqual(many.map((r) => r.rows[0]), [{ a: 1 }, { b: 2 }]);
}

async function everything(client, me) {
    await namedQueries(client, me);
    await transactions(client, me);
    await cursors(client);
    await settings(client, me);
    await types(client);
}

async function listening() {
    await connected(async (listener) => {
        const heard = new Promise((resolve) => listener.on("notification", resolve));
        await listener.query("LISTEN node_news");
        await connected((sender) => sender.query("SELECT pg_notify('node_news', 'hello')"));
        const { channel, payload } = await heard;
        assert.deepStrictEqual({ channel, payload }, { channel: "node_news", payload: "hello" });
        await listener.query("UNLISTEN *");
        assert.strictEqual((await listener.query("SELECT 7 AS n")).rows[0].n, 7);
    });
}

async function timeouts() {
    await connected(async (client) => {
        await assert.rejects(client.query("SELECT pg_sleep(30)"), { code: "57014" });
        assert.strictEqual((await client.query("SELECT 1 AS n")).rows[0].n, 1);
    }, { statement_timeout: 150, application_name: "node-pg" });
}

async function pooled() {
    const pool = new Pool({ connectionString, max: CONNECTIONS });
    const sums = await Promise.all([...Array(200).keys()].map((n) => pool.query(
        { name: "pooled", text: "SELECT $1::int * 2 AS n", values: [n] })));
    assert.deepStrictEqual(sums.map((r) => r.rows[0].n), [...Array(200).keys()].map((n) => 2 * n));
    await pool.end();
}

async function main() {
    await Promise.all([...Array(CONNECTIONS).keys()].map(
        (me) => connected((client) => everything(client, me + 1))));
    await listening();
    await timeouts();
    await pooled();
    console.log("node-pg: all good");
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
