"""Runs pgbench against a system, and takes the proxy's CPU time while it is at work."""

import glob
import os
import re
import resource
import subprocess
import tempfile
import time

from benchmark.servers import SECRET

# Threads of the load generator.
THREADS = 2
# The largest share of transactions that goes into pgbench's log, which costs the generator time.
SAMPLED = 0.1
# What a login takes, about: pgbench's own time runs while its clients log in.
LOGIN_SECONDS = 0.005


class CPUTrace:
    """The CPU time of a process over the time of day, to be read between any two moments."""

    def __init__(self, system):
        self.system, self.points = system, []
        self.take()

    def take(self):
        self.points.append((time.time(), self.system.cpu_seconds()))

    def at(self, moment):
        before = self.points[0]
        for point in self.points:
            if point[0] >= moment:
                span = point[0] - before[0]
                share = (moment - before[0]) / span if span > 0 else 1.0
                return before[1] + (point[1] - before[1]) * share
            before = point
        return before[1]

    def between(self, begin, end):
        return self.at(end) - self.at(begin)


class TooShort(Exception):
    """The logins have left too little of the time: pgbench counts them in."""


class LoggedRun:
    """What pgbench logged: when it was at work, and how long its transactions took."""

    def __init__(self, folder, keep):
        """`keep`: the number of the script whose latencies count, or None for all."""
        self.micros, begins, ends = [], [], []
        for path in glob.glob(f"{folder}/log*"):
            with open(path) as file:
                for line in file:
                    fields = line.split()
                    micros, end = int(fields[2]), int(fields[4]) + int(fields[5]) / 1e6
                    ends.append(end)
                    begins.append(end - micros / 1e6)
                    if keep is None or int(fields[3]) == keep:
                        self.micros.append(micros)
        if not self.micros:
            raise TooShort("pgbench logged no transaction")
        self.micros.sort()
        self.begin, self.end = min(begins), max(ends)
        self.ends = ends

    def millis(self, percent):
        place = min(len(self.micros) - 1, len(self.micros) * percent // 100)
        return self.micros[place] / 1000


def command(place, system, database, case, seconds, folder, sampling, clients, threads, log):
    arguments = [
        place.program("pgbench"), "-n", "-M", case.protocol, "-T", str(seconds),
        "-c", str(clients), "-j", str(min(clients, threads)), "-l", f"--log-prefix={folder}/{log}",
        *(["--sampling-rate", str(sampling)] if sampling < 1 else []), *case.arguments]
    for number, (script, weight) in enumerate(case.scripts):
        path = os.path.join(folder, f"script{number}.sql")
        with open(path, "w") as file:
            file.write(script)
        arguments += ["-f", f"{path}@{weight}"]
    return [*arguments, "-h", "127.0.0.1", "-p", str(system.port), "-U", system.user, database]


class Load:
    """One or several pgbench at once, each with an environment of its own, and their figures."""

    def __init__(self, case, system, seconds, sampling=None, during=None):
        """`during` is called again and again while they run."""
        self.case, self.system, self.seconds = case, system, seconds
        self.sampling = case.sampling if sampling is None else sampling
        self.during, self.log = during, None

    def run(self):
        try:
            return self.once(self.seconds + round(self.case.clients * LOGIN_SECONDS))
        except TooShort:
            return self.once(2 * self.seconds + 5)

    def once(self, seconds):
        with tempfile.TemporaryDirectory(prefix="switchyard-pgbench-") as folder:
            used, began = generator_seconds(), time.monotonic()
            trace, outputs = self.play(folder, seconds)
            used = (generator_seconds() - used) / (time.monotonic() - began)
            self.log = LoggedRun(folder, self.case.counted)
            if self.log.end - self.log.begin < self.seconds / 2:
                raise TooShort(f"the logins took {seconds - self.log.end + self.log.begin:.1f} s")
            return self.figures(outputs, self.log, trace, used)

    def play(self, folder, seconds):
        case, place = self.case, self.system.servers.place
        each = len(case.environments)
        base = {**os.environ, "PGPASSWORD": SECRET, "PGSSLMODE": case.sslmode}
        running, trace = [], CPUTrace(self.system)
        try:
            for number, environment in enumerate(case.environments):
                running.append(subprocess.Popen(
                    command(place, self.system, self.system.database(case), case, seconds,
                            folder, self.sampling, case.clients // each, max(1, THREADS // each),
                            f"log{number}"),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True, env={**base, **environment}))
            deadline = time.monotonic() + seconds + 60
            while any(process.poll() is None for process in running):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"pgbench did not end within {seconds} + 60 s")
                time.sleep(0.02)
                trace.take()
                if self.during:
                    self.during()
            outputs = [process.communicate(timeout=10)[0] for process in running]
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        for process, output in zip(running, outputs):
            if process.returncode:
                raise RuntimeError(f"pgbench failed: {output[-1000:]}")
        return trace, outputs

    def figures(self, outputs, log, trace, used):
        counts = [int(re.search(r"actually processed: (\d+)", output)[1]) for output in outputs]
        failed = [re.search(r"failed transactions: (\d+)", output) for output in outputs]
        if any(found and int(found[1]) for found in failed) or not all(counts):
            raise RuntimeError(f"transactions failed: {outputs[0][-1000:]}")
        count, span = sum(counts), max(log.end - log.begin, 1e-6)
        found = {
            "tps": sum(float(re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)[1])
                       for output in outputs),
            "p50Millis": log.millis(50), "p99Millis": log.millis(99),
            "generatorCores": used}
        cpu = trace.between(log.begin, log.end)
        if self.system.process:
            found["proxyMicrosPerTransaction"] = cpu / count * 1e6
            found["proxyCores"] = cpu / span
        if self.case.megabytes:
            found["megabytesPerSecond"] = found["tps"] * self.case.megabytes
            if self.system.process:
                found["proxySecondsPerGigabyte"] = cpu / (count * self.case.megabytes / 1e3)
        return found


def generator_seconds():
    """User and system time of all pgbench that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
