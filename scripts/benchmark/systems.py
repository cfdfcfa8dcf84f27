"""What clients connect to: PostgreSQL itself, PgBouncer, and Switchyard in its variants."""

import glob
import json
import os
import re
import shutil
import subprocess
import time

from ports import free_port
from wire import Wire, scram_verifier

from benchmark.servers import SECRET

MAX_CLIENTS = 10_500
SMALL_POOL = 8

# Roles, as cases name them: those of Switchyard exist once for every binary.
DIRECT, PGBOUNCER, PGBOUNCER_64K = "direct", "pgbouncer", "pgbouncer-64k"
SWITCHYARD, SPLIT, TURNS_OFF = "switchyard", "split", "turns-off"
WORKERS_1, WORKERS_2 = "workers-1", "workers-2"


class DoesNotStart(Exception):
    """A proxy that ended, or that nobody could log in to."""


class System:
    """Something that clients connect to; `process` is None where nothing stands between."""

    user = "pooled"
    # The program under comparison that a Switchyard runs.
    binary = None

    def __init__(self, name, role, servers):
        self.name, self.role, self.servers = name, role, servers
        self.port, self.process = free_port(), None
        self.command, self.runs_as = None, None

    def database(self, case):
        return case.database

    def start(self):
        """Starts the process and waits until it answers a statement."""
        log = open(os.path.join(self.servers.place.folder, self.name + ".log"), "a")
        # Not by runuser, which would bring back the user's own limit of open files.
        identity = {"user": self.runs_as, "group": self.runs_as, "extra_groups": []}
        with log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                **(identity if self.runs_as else {}))
        deadline = time.monotonic() + 30
        while True:
            try:
                with Wire(self.port) as wire:
                    wire.login(self.user, SECRET, "postgres").run("SELECT 1")
                    return
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise DoesNotStart(f"{self.name}: {error!r}\n{self.log_tail()}") from error
                time.sleep(0.05)

    def counters(self):
        """What it counts itself, by name."""
        return {}

    def log_tail(self):
        with open(os.path.join(self.servers.place.folder, self.name + ".log")) as file:
            return file.read()[-2000:]

    def is_dead(self):
        return self.process is not None and self.process.poll() is not None

    def cpu_seconds(self):
        """User and system time of all its threads so far; 0 where there is no proxy."""
        if self.process is None:
            return 0.0
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return 1024 * next(int(l.split()[1]) for l in file if l.startswith("VmRSS"))

    def run_seconds(self):
        """By the scheduler's own clock, finer than `cpu_seconds`: for each thread by its number."""
        found = {}
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            try:
                with open(path) as file:
                    found[path] = int(file.read().split()[0]) / 1e9
            except OSError:
                pass  # It has ended meanwhile.
        return found

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Direct(System):
    user = "direct"

    def __init__(self, servers):
        super().__init__("direct", DIRECT, servers)
        self.port = servers.ports[0]

    def database(self, case):
        return "postgres"

    def start(self):
        pass


class PgBouncer(System):
    def __init__(self, servers, options, role=PGBOUNCER, name=None):
        super().__init__(name or role, role, servers)
        self.renewed = lambda name: PgBouncer(servers, options, role, name)
        place = servers.place
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        self.carries_statements = self.version(program) >= (1, 21)
        statements = "max_prepared_statements = 200" if self.carries_statements else ""
        packet = "pkt_buf = 65536" if role == PGBOUNCER_64K else ""
        with open(os.path.join(place.folder, "users.txt"), "w") as file:
            file.write(f'"pooled" "{scram_verifier(SECRET)}"\n')
        path = os.path.join(place.folder, self.name + ".ini")
        node = f"host=127.0.0.1 port={servers.ports[0]}"
        with open(path, "w") as file:
            file.write(f"""
[databases]
postgres = {node}
session = {node} dbname=postgres pool_mode=session pool_size=100
small = {node} dbname=postgres pool_size={SMALL_POOL}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {place.folder}/users.txt
pool_mode = transaction
default_pool_size = {options.pool}
max_client_conn = {MAX_CLIENTS}
log_connections = 0
log_disconnections = 0
client_tls_sslmode = allow
client_tls_cert_file = {place.certificate}
client_tls_key_file = {place.key}
server_tls_sslmode = {options.server_tls}
{packet}
{statements}
""")
        self.command = [program, path]
        self.runs_as = "postgres" if os.geteuid() == 0 else None

    @staticmethod
    def version(program=None):
        """Of `PgBouncer 1.18.0`: (1, 18)."""
        program = program or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        output = subprocess.check_output([program, "--version"], text=True)
        return tuple(int(n) for n in re.search(r"(\d+)\.(\d+)", output).groups())

    def database(self, case):
        if case.protocol == "prepared" and not self.carries_statements:
            return "session"
        return case.database


class Binary:
    """A built Switchyard, and which of the newer keys its configuration knows."""

    def __init__(self, name, path):
        self.name, self.path = name, os.path.abspath(path)

    def accepts(self, place, configuration):
        """Whether it takes a configuration; asks the binary itself."""
        path = os.path.join(place.folder, "check.json")
        with open(path, "w") as file:
            json.dump(configuration, file)
        return subprocess.run(
            [self.path, "--config", path, "--check"], cwd="/", timeout=30,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0


class Switchyard(System):
    def __init__(self, binary, servers, options, role=SWITCHYARD, name=None):
        given = binary.name if role == SWITCHYARD else (
            role if binary.name == SWITCHYARD else f"{binary.name}-{role}")
        super().__init__(name or given, role, servers)
        self.renewed = lambda name: Switchyard(binary, servers, options, role, name)
        self.binary = binary.name
        place = servers.place
        configuration = self.configuration(options)
        # The keys of a speed-up: only where the build knows them, and the default is not meant.
        wanted = {"sharedTurns": "off" if role == TURNS_OFF else options.shared_turns,
                  "promotion": options.promotion}
        self.lacks = []
        for key, value in wanted.items():
            if value == "auto":
                continue
            if binary.accepts(place, {**configuration, key: value}):
                configuration[key] = value
            else:
                self.lacks.append(key)
        path = os.path.join(place.folder, self.name + ".json")
        with open(path, "w") as file:
            json.dump(configuration, file, indent=2)
        os.chmod(path, 0o644)
        self.command = [binary.path, "--config", path]

    def counters(self):
        """What SHOW STATS counts, of all databases together."""
        with Wire(self.port) as wire:
            reply = wire.login(self.user, SECRET, "switchyard").run("SHOW STATS")
        names = next(columns_of(m.body) for m in reply if m.type == "T")
        found = {}
        for row in (m.row for m in reply if m.type == "D"):
            for name, value in zip(names, row):
                if value and value.isdigit():
                    found[name] = found.get(name, 0) + int(value)
        return found

    def configuration(self, options):
        place = self.servers.place
        workers = {WORKERS_1: "1", WORKERS_2: "2"}.get(self.role, options.workers)
        nodes = [
            {"name": f"pg{i + 1}", "host": "127.0.0.1", "port": port,
             "role": "replica" if i else "primary"}
            for i, port in enumerate(self.servers.ports)]
        return {
            "listen": {
                "host": "127.0.0.1", "port": self.port,
                "tls": {"certificate": place.certificate, "key": place.key}},
            "workers": workers if workers == "auto" else int(workers),
            "clusters": {"main": {
                "nodes": nodes, "tls": {"mode": options.server_tls},
                "balancing": {"algorithm": options.algorithm},
                "monitor": {"user": "root", "database": "postgres"}}},
            "databases": {
                "*": {"cluster": "main"},
                "small": {"cluster": "main", "database": "postgres",
                          "pooling": {"size": SMALL_POOL}}},
            "users": {"pooled": {"password": scram_verifier(SECRET)}, "root": {}},
            "authentication": [{"database": "all", "user": "all", "address": "127.0.0.1/32",
                                "method": "scram-sha-256"}],
            "pooling": {"mode": "transaction", "size": options.pool},
            "maxClients": MAX_CLIENTS,
            "admin": {"users": ["pooled"]},
            "log": {"level": "warning", "format": "text"},
        }


def columns_of(description):
    """The names in the body of a RowDescription."""
    names, at = [], 2
    while at < len(description):
        end = description.index(0, at)
        names.append(description[at:end].decode())
        at = end + 19
    return names


def auto_workers():
    """What `"workers": "auto"` comes to: one for every two cores."""
    return max(1, (os.cpu_count() or 1) // 2)
