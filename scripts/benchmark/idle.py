"""Clients that have run one statement and idle: what each costs, and whether all still answer."""

import time

from tlswire import TLSWire, client_context
from wire import Wire, query

from benchmark.servers import SECRET
from benchmark.systems import PGBOUNCER, SWITCHYARD


class IdleClients:
    """Opens the clients on a process of its own, which has not worked before.

    Memory is what is resident more than before they came, once they have idled; CPU is that of the
    time in which they idle, less that of the same time before, and by the scheduler's own clock.
    """

    in_table, writes, once = True, False, True
    protocol, database, roles = "simple", "postgres", (PGBOUNCER, SWITCHYARD)

    def __init__(self, name, title, clients):
        self.name, self.title, self.clients = name, title, clients

    def estimate(self, seconds):
        return 2 * idle_seconds(seconds) + 2 + self.clients * 0.0025

    def connect(self, port):
        return Wire(port, seconds=60)

    def run(self, system, seconds):
        fresh = system.renewed(f"{system.name}-{self.name}")
        fresh.start()
        try:
            return self.measure(fresh, idle_seconds(seconds))
        finally:
            fresh.stop()

    def measure(self, system, seconds):
        wires = []
        try:
            alone = busy_percent(system, seconds)
            before = system.resident_bytes()
            began = time.monotonic()
            for _ in range(self.clients):
                wires.append(self.connect(system.port))
                wires[-1].login(system.user, SECRET, "postgres").run("SELECT 1")
            logins = self.clients / (time.monotonic() - began)
            time.sleep(1)
            idling = busy_percent(system, seconds)
            grown = system.resident_bytes() - before
            return {
                "bytesPerIdleClient": grown / self.clients,
                "idleCPUPercent": max(0.0, idling - alone), "aloneCPUPercent": alone,
                "answering": self.count_answers(wires), "loginsPerSecond": logins}
        finally:
            for wire in wires:
                wire.socket.close()

    def count_answers(self, wires):
        """How many of them get the answer to a statement that all send at once."""
        count = 0
        for number, wire in enumerate(wires):
            wire.send(query(f"SELECT {number}"))
        for number, wire in enumerate(wires):
            rows = [m.row for m in wire.read_until() if m.type == "D"]
            count += rows == [[str(number).encode()]]
        return count


class TLSIdleClients(IdleClients):
    """The same over TLS."""

    context = None

    def connect(self, port):
        self.context = self.context or client_context()
        return TLSWire(port, self.context, seconds=60)


def idle_seconds(seconds):
    """How long they idle: not too short to see what little is done."""
    return max(3, seconds)


def busy_percent(system, seconds):
    """What a process takes of one core over the next seconds."""
    before, ticks, began = system.run_seconds(), system.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    used = sum(run - before.get(thread, 0.0) for thread, run in system.run_seconds().items())
    # Threads that have ended are in the process' own time alone, which is coarse.
    used = max(used, system.cpu_seconds() - ticks - 0.02)
    return 100 * used / (time.monotonic() - began)
