"""A PostgreSQL server that speaks TLS."""

import os

from cluster import SUPERPASSWORD, SUPERUSER, Cluster

SETTINGS = """
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
ssl_ca_file = 'ca.crt'
max_wal_senders = 0
max_replication_slots = 0
"""

# The first line that matches a connection decides: some users come in one way only.
HBA = """
hostssl   all tls_user   127.0.0.1/32 scram-sha-256
hostnossl all plain_user 127.0.0.1/32 scram-sha-256
hostssl   all cert_user  127.0.0.1/32 cert
host      all cert_user  127.0.0.1/32 reject
host      all tls_user   127.0.0.1/32 reject
host      all plain_user 127.0.0.1/32 reject
host      all all        127.0.0.1/32 scram-sha-256
"""

USERS = ("app", "other", "tls_user", "plain_user", "cert_user")


class TLSServer(Cluster):
    """One PostgreSQL server with TLS: a cluster without replicas."""

    def __init__(self, certificates):
        super().__init__()
        self.certificates = certificates
        self.nodes = self.nodes[:1]
        self.replicas = []

    def create(self):
        node = self.primary
        secret = os.path.join(self.base, "password")
        with open(secret, "w") as file:
            file.write(SUPERPASSWORD)
        os.chmod(secret, 0o644)
        node.run(
            "initdb", "-D", node.folder, "-U", SUPERUSER, f"--pwfile={secret}",
            "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        node.configure()
        with open(os.path.join(node.folder, "postgresql.conf"), "a") as file:
            file.write(SETTINGS)
        with open(os.path.join(node.folder, "pg_hba.conf"), "w") as file:
            file.write(HBA)
        self.show(self.certificates.server)
        node.start()
        with node.connect("postgres") as connection:
            for user in USERS:
                connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{user}'")
            connection.execute("CREATE DATABASE app OWNER app")

    def show(self, pair):
        """Has the server show this certificate, from its next reload on."""
        folder = self.primary.folder
        self.certificates.for_postgres(pair, folder)
        authorities = os.path.join(folder, "ca.crt")
        with open(authorities, "w") as file, open(self.certificates.ca.path) as source:
            file.write(source.read())
        os.chmod(authorities, 0o644)

    def reload(self, pair=None, tls=True):
        """Takes in another certificate, or turns TLS off or on."""
        if pair is not None:
            self.show(pair)
        node = self.primary
        with node.connect("postgres") as connection:
            connection.execute(f"ALTER SYSTEM SET ssl = {'on' if tls else 'off'}")
        node.run("pg_ctl", "reload", "-D", node.folder, "-s")

    def query_plain(self, sql):
        """Past TLS, whatever state it is in."""
        with self.primary.connect("postgres", sslmode="disable") as connection:
            return connection.execute(sql).fetchall()
