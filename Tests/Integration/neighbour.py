"""Another client of the same pool: whatever it leaves on a server connection is its own."""

from wire import Wire, bind, execute, parse, query, sync

# The names the conversations use.
NAMES = ["s", "s1", "s2", "s3", "s8", "a", "b", "c", "e", "r", "w", "p", "q", "set", "show", "S",
         "n" * 63, "m" * 63 + "a", "Odd Name", "Large Name"]
SETTINGS = {
    "TimeZone": "Asia/Kathmandu", "DateStyle": "SQL, DMY", "IntervalStyle": "sql_standard",
    "search_path": "nowhere", "work_mem": "7MB", "application_name": "the neighbour",
    "statement_timeout": "47s", "lock_timeout": "46s", "extra_float_digits": "-5",
    "bytea_output": "escape", "enable_seqscan": "off", "app.tenant": "next door",
    "client_min_messages": "error", "standard_conforming_strings": "off", "role": "other"}


class Neighbour(Wire):
    """Sets, prepares and stays connected."""

    def move_in(self, connections=1):
        """Leaves its mark on the primary and, if reads get there, on the replicas."""
        self.login(TimeZone="Asia/Tokyo", client_encoding="LATIN1", DateStyle="German")
        for name, value in SETTINGS.items():
            self.expect("CZ", query(f"SET {name} = '{value}'"))
        for name in NAMES:
            self.expect("1Z", parse(name, f"SELECT 'the neighbour''s {len(name)}'") + sync())
        self.expect("1Z", parse("", "SELECT 'the neighbour''s unnamed'") + sync())
        for _ in range(2 * connections):
            self.use()

    def expect(self, wanted, data):
        """Sends, and the types of what comes (but for what may come at any time) are these."""
        self.send(data)
        reply = [m for m in self.read_until() if m.type not in "SN"]
        got = "".join(m.type for m in reply)
        assert got == wanted, (got, [m.fields for m in reply if m.type == "E"], data[:60])
        return reply

    def use(self):
        """One read and one statement of the primary under names, with its own results."""
        for name in NAMES[:2]:
            reply = self.expect("2DCZ", bind("", name) + execute() + sync())
            assert reply[1].row == [f"the neighbour's {len(name)}".encode()]

    def assert_at_home(self):
        """Everything is as it was left."""
        self.use()
        for name, value in SETTINGS.items():
            got = self.expect("TDCZ", query(f"SHOW {name}"))[1].row[0].decode()
            assert got == value, f"{name} is {got!r} and not {value!r}"
        row = self.expect("TDCZ", query("SELECT current_setting('TimeZone'), current_user"))[1].row
        assert row == [b"Asia/Kathmandu", b"other"]
