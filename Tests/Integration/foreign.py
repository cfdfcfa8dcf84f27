"""Runs the drivers of other languages. What they need is installed by scripts/test; what is missing
is a failure, never a test that is passed over."""

import os
import shutil
import subprocess

import pytest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drivers")
JDBC = "/usr/share/java/postgresql.jar"
# Where Debian puts libraries of Node, and where scripts/test puts them if Node is not Debian's.
NODE = "/usr/share/nodejs"
NODE_UNPACKED = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(HERE))), ".node-test", "usr", "share", "nodejs")
GO = "/usr/share/gocode"


def need(program, *paths):
    """Fails unless the program and one of the paths exist; the path that does."""
    if shutil.which(program) is None:
        pytest.fail(f"{program} is missing; `scripts/test drivers` installs it")
    for path in paths:
        if os.path.exists(path):
            return path
    if paths:
        pytest.fail(f"{paths[0]} is missing; `scripts/test drivers` installs it")
    return None


def run(command, environment=None, seconds=150):
    """Standard output of a program that must end well."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds,
        env={**os.environ, **(environment or {})})
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout.strip()


def java(source, *arguments):
    need("java", JDBC)
    return run(["java", "-cp", JDBC, os.path.join(HERE, source), *arguments])


def node(source, *arguments):
    folder = need(
        "node", *(os.path.join(place, "pg") for place in (NODE_UNPACKED, NODE)))
    return run(["node", os.path.join(HERE, source), *arguments],
               {"NODE_PATH": os.path.dirname(folder)})


def ruby(source, *arguments):
    need("ruby")
    return run(["ruby", os.path.join(HERE, source), *arguments])


def go_program(source, tmp_path_factory):
    """Builds a program; what is returned runs it."""
    need("go", os.path.join(GO, "src", "github.com", "jackc", "pgx", "v4"))
    program = str(tmp_path_factory.mktemp("go") / source.removesuffix(".go"))
    run(["go", "build", "-o", program, os.path.join(HERE, source)],
        {"GO111MODULE": "off", "GOPATH": GO, "GOFLAGS": ""})
    return lambda *arguments: run([program, *arguments])
