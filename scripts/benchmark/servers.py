"""PostgreSQL: where it is, and clusters of it made for one run."""

import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time

from certificates import Authority
from ports import free_port
from wire import Wire

SECRET = "bench-secret"
WIDE_ROWS, WIDE_BYTES = 10_000, 1_000

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 600
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 1h
wal_keep_size = 512MB
fsync = off
synchronous_commit = off
hot_standby = on
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
"""
HBA = """
host replication all    127.0.0.1/32 trust
host all         pooled 127.0.0.1/32 trust
host all         root   127.0.0.1/32 trust
host all         all    127.0.0.1/32 scram-sha-256
"""


def as_server_user(command):
    """PostgreSQL refuses root: then it runs as user postgres."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def hand_over(path):
    """Gives a file to the user that PostgreSQL runs as, and PgBouncer with it."""
    if os.geteuid() == 0:
        os.chown(path, pwd.getpwnam("postgres").pw_uid, -1)


class Place:
    """The folder of one run, the certificate that everybody shows, and PostgreSQL's programs."""

    def __init__(self):
        found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        program = (max(found, key=lambda p: [int(n) for n in re.findall(r"\d+", p)])
                   if found else shutil.which("initdb"))
        if not program:
            raise RuntimeError("no PostgreSQL server found")
        self.bin = os.path.dirname(program)
        self.folder = tempfile.mkdtemp(prefix="switchyard-bench-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        hand_over(self.folder)
        self.certificate, self.key = Authority(self.folder, "ca").issue(
            "server", "/CN=localhost", ("DNS:localhost", "IP:127.0.0.1"))
        hand_over(self.certificate)
        hand_over(self.key)

    def program(self, name):
        return os.path.join(self.bin, name)

    def run(self, program, *arguments):
        """Runs one of PostgreSQL's programs as the user it accepts; returns what it printed."""
        command = [self.program(program), *arguments]
        done = subprocess.run(
            as_server_user(command), cwd="/", text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
        return done.stdout

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Servers:
    """A primary and its replicas, if any, in a place."""

    def __init__(self, place, name, replicas):
        self.place, self.name = place, name
        self.ports = [free_port() for _ in range(1 + replicas)]
        self.running = []

    def start(self, scale):
        for index, port in enumerate(self.ports):
            folder = os.path.join(self.place.folder, f"{self.name}-pg{index + 1}")
            self.create(folder, index)
            with open(os.path.join(folder, "postgresql.conf"), "a") as file:
                file.write(f"{SETTINGS}port = {port}\n")
            with open(os.path.join(folder, "pg_hba.conf"), "w") as file:
                file.write(HBA)
            command = [self.place.program("pg_ctl"), "start", "-D", folder, "-w", "-s",
                       "-l", folder + ".log"]
            subprocess.run(as_server_user(command), cwd="/", check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            self.running.append(folder)
            if index == 0:
                self.fill(scale)

    def create(self, folder, index):
        if index == 0:
            self.place.run("initdb", "-D", folder, "-U", "root", "-A", "trust", "--no-sync",
                           "-E", "UTF8", "--locale=C.UTF-8")
        else:
            self.place.run("pg_basebackup", "-h", "127.0.0.1", "-p", str(self.ports[0]),
                           "-U", "root", "-D", folder, "-R", "-c", "fast", "--no-sync")
        sources = ((self.place.certificate, "server.crt"), (self.place.key, "server.key"))
        for source, name in sources:
            path = os.path.join(folder, name)
            shutil.copyfile(source, path)
            os.chmod(path, 0o600)
            hand_over(path)

    def fill(self, scale):
        statements = (
            f"CREATE ROLE direct LOGIN SUPERUSER PASSWORD '{SECRET}'",
            "CREATE ROLE pooled LOGIN SUPERUSER",
            "CREATE TABLE wide AS SELECT n AS id, repeat(chr(97 + n % 26), "
            f"{WIDE_BYTES}) AS text FROM generate_series(1, {WIDE_ROWS}) AS n",
            "VACUUM ANALYZE wide")
        self.place.run(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
            *(part for statement in statements for part in ("-c", statement)),
            "-h", "127.0.0.1", "-p", str(self.ports[0]), "-U", "root", "-d", "postgres")
        self.place.run("pgbench", "-i", "-q", "-s", str(scale), "-h", "127.0.0.1",
                       "-p", str(self.ports[0]), "-U", "root", "postgres")

    def settle(self, seconds=15):
        """Waits until the replicas have replayed what was written: the next would pay for it."""
        behind = ("SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0) "
                  "FROM pg_stat_replication")
        if len(self.ports) == 1:
            return
        deadline = time.monotonic() + seconds
        with Wire(self.ports[0]) as wire:
            wire.login("root", "", "postgres")
            # A little is written all the time, by the primary itself.
            while float(wire.value(behind)) > 65536 and time.monotonic() < deadline:
                time.sleep(0.05)

    def stop(self):
        for folder in reversed(self.running):
            subprocess.run(
                as_server_user([self.place.program("pg_ctl"), "stop", "-D", folder,
                                "-m", "immediate", "-s"]), cwd="/")
