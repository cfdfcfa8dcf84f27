"""Where statements ran, by what the servers themselves have logged."""

import os
import re

from waiting import wait_for

# The application name between angle brackets tells one client's statements from all others.
PREFIX = "%m [%p] %u@%d <%a> "
LINE = re.compile(r"^\S+ \S+ \S+ \[\d+\] \S*@\S* <([^>]*)> (\w+):  ?(.*)", re.DOTALL)
RAN = re.compile(r"^(?:statement|execute [^:]*|execute fetch from [^:]*): ?(.*)", re.DOTALL)


class NodeLog:
    """What one server has logged since this object was made, by application name."""

    def __init__(self, node):
        self.node = node
        self.path = node.folder + ".log"
        self.offset = os.path.getsize(self.path)

    def read(self):
        """{application name: [(whether it was refused there, text)]} of all strings it met."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            text = file.read().decode(errors="replace")
        found = {}
        # Lines after the first of a message begin with a tab.
        for message in re.split(r"\n(?!\t)", text):
            match = LINE.match(message.replace("\n\t", "\n"))
            if not match:
                continue
            application, level, said = match.groups()
            if level == "STATEMENT":
                found.setdefault(application, []).append((True, said))
            elif level == "LOG" and (ran := RAN.match(said)):
                found.setdefault(application, []).append((False, ran[1]))
        return found


class NodeLogs:
    """The logs of a cluster while its servers log every statement of the corpus."""

    def __init__(self, cluster, database):
        self.cluster = cluster
        for node in cluster.nodes:
            node.query(f"ALTER SYSTEM SET log_line_prefix = '{PREFIX}'", "postgres")
            node.query("ALTER SYSTEM SET autovacuum = off", "postgres")
            node.query("SELECT pg_reload_conf()", "postgres")
            wait_for(
                lambda: node.value("SHOW log_line_prefix", "postgres") == PREFIX,
                f"{node.name} to take in its new settings")
        cluster.run(f"ALTER DATABASE {database} SET log_statement = 'all'", dbname="postgres")
        self.start()

    def start(self):
        """Forgets what has been logged so far."""
        self.logs = [NodeLog(node) for node in self.cluster.nodes]

    def routes(self):
        """{application name: {node name: [(refused, text)]}}."""
        routes = {}
        for log in self.logs:
            for application, met in log.read().items():
                routes.setdefault(application, {})[log.node.name] = met
        return routes

    def end(self):
        for node in self.cluster.nodes:
            for setting in ("log_line_prefix", "autovacuum"):
                node.query(f"ALTER SYSTEM RESET {setting}", "postgres")
            node.query("SELECT pg_reload_conf()", "postgres")


def nodes_of(met, sql):
    """(names of the nodes that ran the string with success, those that refused it)."""
    ran, refused = set(), set()
    wanted = sql.strip()
    for node, strings in met.items():
        matching = [was_refused for was_refused, text in strings if text.strip() == wanted]
        if any(matching):
            refused.add(node)
        elif matching:
            ran.add(node)
    return ran, refused
