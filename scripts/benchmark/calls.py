"""System calls of a proxy per transaction, counted by strace while a load runs."""

import os
import re
import shutil
import signal
import subprocess
import time

from benchmark.load import Load

SETTLING, COUNTING = 1.5, 1.5
# Calls that are hardly ever made are noise.
SELDOM = 0.01


class CallCount:
    """Attaches once the clients have logged in, and detaches before they leave."""

    def __init__(self, system):
        self.path = os.path.join(system.servers.place.folder, "calls.txt")
        self.pid, self.began = system.process.pid, time.monotonic()
        self.strace, self.begin, self.end = None, None, None

    def tick(self):
        elapsed = time.monotonic() - self.began
        if self.strace is None and elapsed > SETTLING:
            self.strace = subprocess.Popen(
                ["strace", "-f", "-c", "-o", self.path, "-p", str(self.pid)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.strace.stderr.readline()  # "Process N attached"
            self.begin = time.time()
        elif self.strace and self.end is None and time.time() - self.begin > COUNTING:
            self.end = time.time()
            self.stop()

    def stop(self):
        if self.strace and self.strace.poll() is None:
            self.strace.send_signal(signal.SIGINT)
            self.strace.wait(10)
            self.strace.stderr.close()

    def counts(self):
        """Calls by name: the fourth column of the summary."""
        with open(self.path) as file:
            rows = [line.split() for line in file]
        return {row[-1]: int(row[3]) for row in rows
                if len(row) in (5, 6) and re.fullmatch(r"\d+", row[3]) and row[-1] != "total"}


def per_transaction(case, system):
    """Of every call that is made more than seldom; the most frequent first."""
    count = CallCount(system)
    load = Load(case, system, int(SETTLING + COUNTING) + 2, sampling=1, during=count.tick)
    try:
        load.run()
    finally:
        count.stop()
    done = sum(count.begin <= end <= count.end for end in load.log.ends)
    if not done:
        raise RuntimeError("no transaction ended while strace counted")
    each = {name: calls / done for name, calls in count.counts().items()}
    return dict(sorted(((n, c) for n, c in each.items() if c > SELDOM), key=lambda p: -p[1]))


def is_possible():
    return shutil.which("strace") is not None
