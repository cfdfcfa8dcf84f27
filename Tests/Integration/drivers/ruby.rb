# ruby-pg's ordinary work on several connections at once, each step with its result checked.
require "pg"

URL, TABLE = ARGV
CONNECTIONS = 8

def check(holds, what)
  raise what unless holds
end

def refused(code)
  yield
  raise "no error #{code}"
rescue PG::Error => error
  raise unless error.result && error.result.error_field(PG::PG_DIAG_SQLSTATE) == code
end

def statements(connection, me)
  connection.prepare("named", "SELECT $1::int + #{me} AS sum, '#{me}' AS me")
  20.times do |round|
    row = connection.exec_prepared("named", [round])[0]
    check(row == { "sum" => (round + me).to_s, "me" => me.to_s }, "named #{row}")
  end
  check(connection.describe_prepared("named").nfields == 2, "described")
  refused("42P05") { connection.prepare("named", "SELECT 1") }
  connection.exec("DEALLOCATE named")
  refused("26000") { connection.exec_prepared("named", [1]) }
  connection.prepare("named", "SELECT 'anew' AS word")
  check(connection.exec_prepared("named")[0]["word"] == "anew", "anew")
  refused("22012") { connection.exec_params("SELECT 1 / $1::int", [0]) }
  binary = connection.exec_params("SELECT $1::int4", [{ value: [me].pack("N"), format: 1 }], 1)
  check(binary.getvalue(0, 0) == [me].pack("N"), "binary")
end

def transactions(connection, me)
  connection.transaction do
    connection.exec_params("INSERT INTO #{TABLE} VALUES ($1, $2)", [me * 1000, "ruby"])
    check(connection.exec("SELECT text FROM #{TABLE} WHERE id = #{me * 1000}")[0]["text"] == "ruby",
          "own write")
  end
  refused("23505") do
    connection.transaction { connection.exec("INSERT INTO #{TABLE} VALUES (#{me * 1000}, 'x')") }
  end
end

def copies(connection, me)
  connection.copy_data("COPY #{TABLE} FROM STDIN") do
    100.times { |n| connection.put_copy_data("#{me * 1000 + 100 + n}\tcopied\n") }
  end
  refused("22P02") do
    connection.copy_data("COPY #{TABLE} FROM STDIN") { connection.put_copy_data("x\tcopied\n") }
  end
  rows = 0
  connection.copy_data("COPY (SELECT generate_series(1, 500)) TO STDOUT") do
    rows += 1 while connection.get_copy_data
  end
  check(rows == 500, "copied out #{rows}")
end

def single_rows(connection)
  connection.send_query("SELECT n FROM generate_series(1, 300) n")
  connection.set_single_row_mode
  rows = 0
  connection.get_result.stream_each { rows += 1 }
  check(rows == 300, "single rows #{rows}")
  connection.get_last_result
end

def pipeline(connection, me)
  connection.enter_pipeline_mode
  20.times { |n| connection.send_query_params("SELECT $1::int * #{me}", [n]) }
  connection.pipeline_sync
  20.times do |n|
    check(connection.get_result.getvalue(0, 0).to_i == n * me, "pipelined")
    connection.get_result # Nil: the end of this query.
  end
  check(connection.get_result.result_status == PG::PGRES_PIPELINE_SYNC, "sync")
  connection.exit_pipeline_mode
end

def settings(connection, me)
  zone = ["Asia/Tokyo", "Europe/Berlin", "America/Lima"][me % 3]
  connection.exec("SET TimeZone = '#{zone}'")
  10.times do
    got = connection.exec("SELECT current_setting('TimeZone') AS zone")[0]["zone"]
    check(got == zone, "time zone #{got}")
  end
  check(connection.parameter_status("TimeZone") == zone, "reported")
  connection.set_client_encoding("LATIN1")
  check(connection.exec("SELECT chr(252) AS c")[0]["c"].bytes == [252], "encoding")
  connection.reset
  check(connection.exec("SHOW client_encoding").getvalue(0, 0) == "UTF8", "reset")
end

def cancels(connection)
  connection.send_query("SELECT pg_sleep(30)")
  canceller = Thread.new do
    # Cancelled again and again: the first may come before the statement runs.
    until connection.instance_variable_get(:@ended)
      connection.cancel
      sleep 0.1
    end
  end
  refused("57014") { connection.get_last_result }
ensure
  connection.instance_variable_set(:@ended, true)
  canceller&.join
end

def listening
  listener, sender = PG.connect(URL), PG.connect(URL)
  listener.exec("LISTEN ruby_news")
  sender.exec("NOTIFY ruby_news, 'hello'")
  heard = nil
  listener.wait_for_notify(20) { |_, _, payload| heard = payload }
  check(heard == "hello", "heard #{heard}")
ensure
  [listener, sender].compact.each(&:close)
end

threads = (1..CONNECTIONS).map do |me|
  Thread.new do
    Thread.current.report_on_exception = false
    connection = PG.connect(URL)
    statements(connection, me)
    transactions(connection, me)
    copies(connection, me)
    pipeline(connection, me)
    single_rows(connection)
    settings(connection, me)
    cancels(connection)
    check(connection.exec("SELECT 7").getvalue(0, 0) == "7", "the last")
    connection.close
  end
end
threads.each(&:join)
listening
puts "ruby-pg: all good"
