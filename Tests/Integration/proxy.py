"""The daemon under test: its configuration, its life as a process, and what it logs."""

import atexit
import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import psycopg

from cluster import SUPERPASSWORD, SUPERUSER
from ports import free_port
from waiting import wait_for

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BINARIES = os.environ.get("SWITCHYARD_BINARIES", os.path.join(ROOT, ".build", "release"))

# What must never be in the log: a broken invariant, or the Swift runtime's last words.
BREAKAGE = re.compile(r"\bBUG\b|Fatal error|Swift runtime failure|Crash:|Simultaneous access")


def node_entries(cluster):
    return [
        {"name": node.name, "host": "127.0.0.1", "port": node.port,
         "role": "primary" if node is cluster.primary else "replica"}
        for node in cluster.nodes]


def base_configuration(cluster):
    """The configuration most tests use: round robin, transaction pooling, scram, quick probes."""
    return {
        "listen": {"host": "127.0.0.1", "port": free_port()},
        "workers": 2,
        "clusters": {"main": {
            "nodes": node_entries(cluster),
            "balancing": {"algorithm": "roundRobin"},
            "fallbackToPrimary": True,
            "monitor": {
                "user": SUPERUSER, "password": {"env": "MONITOR_PASSWORD"},
                "database": "postgres"},
            "health": {"intervalMillis": 200, "timeoutMillis": 1000, "failures": 2,
                       "maxBackoffMillis": 500},
        }},
        "databases": {"*": {"cluster": "main"}},
        "users": {
            "app": {"password": "app"}, "other": {"password": "other"},
            "counted": {"password": "counted"},
            SUPERUSER: {"password": {"env": "MONITOR_PASSWORD"}}},
        "authentication": [
            {"database": "all", "user": "all", "address": "127.0.0.1/32",
             "method": "scram-sha-256"}],
        # Failed logins are told at once: many tests have some, and all from one address.
        "failedLoginDelayMillis": 0,
        # Tests look at /proc/PID/fd, as other users than root, too.
        "coreDumps": True,
        # Reads run on replicas wherever they can, also right after a write.
        "whenUnproven": {"waitMillis": 5000},
        "pooling": {"mode": "transaction", "size": 10, "maxWaitMillis": 20_000},
        "admin": {"users": [SUPERUSER]},
        "log": {"level": "info", "format": "text"},
    }


def merged(base, changes):
    """A copy of `base` with `changes` laid over it: objects key by key, all else replaced."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


class Proxy:
    """A running `switchyard`."""

    def __init__(self, configuration, environment=None):
        self.configuration = configuration
        self.port = configuration["listen"]["port"]
        self.folder = tempfile.mkdtemp(prefix="switchyard-proxy-")
        # At the end of the run: tests read logs, and start daemons again, after they have stopped.
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.path = os.path.join(self.folder, "switchyard.json")
        self.log_path = os.path.join(self.folder, "log")
        self.environment = {
            **os.environ, "MONITOR_PASSWORD": SUPERPASSWORD, **(environment or {})}
        self.process = None
        self.write_configuration()

    def write_configuration(self):
        with open(self.path, "w") as file:
            json.dump(self.configuration, file, indent=2)

    def start(self):
        log = open(self.log_path, "a")
        self.process = subprocess.Popen(
            [os.path.join(BINARIES, "switchyard"), "--config", self.path],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        log.close()
        wait_for(self._listens, f"the daemon to listen on {self.port}", 30)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended ({self.process.returncode}):\n{self.log()}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def assert_sound(self):
        """The process lives and has logged no broken invariant."""
        assert self.is_running(), (
            f"the daemon ended with {self.process.returncode}:\n{self.log()[-4000:]}")
        self.assert_log_is_clean()

    def assert_log_is_clean(self):
        found = BREAKAGE.search(self.log())
        assert not found, f"the log tells of a bug:\n{self.log()[-4000:]}"

    def terminate(self, seconds=45):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"the daemon did not end within {seconds} s of SIGTERM:\n{self.log()[-4000:]}")

    def stop(self):
        """Ends it as an operator would, and asserts that it ended well."""
        if self.process is None:
            return
        assert self.is_running(), (
            f"the daemon ended with {self.process.returncode}:\n{self.log()[-4000:]}")
        status = self.terminate()
        assert status == 0, f"exit status {status} on SIGTERM:\n{self.log()[-4000:]}"
        self.assert_log_is_clean()

    def kill(self):
        """For a test that has failed already: gone at once."""
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def wait_for_nodes(self, *ports, user="app", dbname="app"):
        """Waits until reads are spread over exactly the nodes with these ports."""
        def seen():
            found = set()
            # Several sessions: in session mode each stays with one replica.
            for _ in range(2 * len(ports)):
                with self.connect(user=user, dbname=dbname) as connection:
                    found |= {
                        connection.execute("SELECT inet_server_port()").fetchone()[0]
                        for _ in range(2 * len(ports))}
            return found == set(ports)
        wait_for(seen, f"reads to be served by {ports}", 30)

    # ------------------------------------------------------------ clients

    def connect(self, user="app", password=None, dbname="app", autocommit=True, **more):
        """A psycopg connection through the proxy. It prepares nothing on its own: a named
        statement would pin the session, which only the tests of drivers want."""
        more.setdefault("prepare_threshold", None)
        if password is None:
            password = {SUPERUSER: SUPERPASSWORD}.get(user, user)
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=user, password=password, dbname=dbname,
            autocommit=autocommit, connect_timeout=20, **more)

    def url(self, user="app", password="app", dbname="app"):
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{dbname}"

    def admin(self, command):
        """Rows of an admin command, each a dictionary by column name."""
        with self.connect(user=SUPERUSER, dbname="switchyard") as connection:
            cursor = connection.execute(command.encode())
            if cursor.description is None:
                return []
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def proxyctl(self, *arguments, check=None):
        """Runs `proxyctl`; returns the finished process with its output as text."""
        done = subprocess.run(
            [os.path.join(BINARIES, "proxyctl"), "--config", self.path, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment, timeout=60)
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
        return done

    # ------------------------------------------------------------ measures

    def memory_kib(self, field="VmRSS"):
        """Resident memory (or its high-water mark, `VmHWM`) in KiB."""
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise LookupError(field)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))
