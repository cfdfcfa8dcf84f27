"""Peers that speak TLS: a PostgreSQL server with certificates, and a client by hand."""

import os
import ssl

from cluster import SUPERPASSWORD, SUPERUSER, Cluster
from wire import SSL_REQUEST, Wire, request

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


def client_context(ca=None, pair=None, version=None, alpn=("postgresql",)):
    """Python's side of TLS; checks nothing without `ca`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(ca)
    if pair:
        context.load_cert_chain(*pair)
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class TLSWire(Wire):
    """A connection by hand that asks for TLS, or begins with it."""

    def __init__(self, port, context=None, direct=False, session=None, **more):
        super().__init__(port, **more)
        context = context or client_context()
        if not direct:
            self.send(request(SSL_REQUEST))
            answer = self.socket.recv(1)
            assert answer == b"S", answer
        self.socket = context.wrap_socket(
            self.socket, server_hostname="localhost", session=session)

