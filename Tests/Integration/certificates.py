"""Certificates for tests, made with the openssl command in a folder: good ones and bad ones."""

import os
import pwd
import shutil
import subprocess


class Authority:
    """An authority that signs certificates; its own is `self.path`."""

    def __init__(self, folder, name, key="ec"):
        self.kind = key
        self.folder = folder
        self.name = name
        self.path = os.path.join(folder, f"{name}.crt")
        self.key = os.path.join(folder, f"{name}.key")
        _new_key(self.key, key)
        _openssl(
            "req", "-x509", "-new", "-key", self.key, "-subj", f"/CN={name}", "-days", "30",
            "-addext", "basicConstraints=critical,CA:TRUE", "-out", self.path)

    def issue(self, name, subject, hosts=(), days=30, key="ec", digest="sha256"):
        """A certificate and its key as files; returns their paths."""
        path = os.path.join(self.folder, name)
        _new_key(f"{path}.key", key)
        _openssl("req", "-new", "-key", f"{path}.key", "-subj", subject, "-out", f"{path}.csr")
        with open(f"{path}.ext", "w") as file:
            file.write("basicConstraints=CA:FALSE\n")
            if hosts:
                file.write(f"subjectAltName={','.join(hosts)}\n")
        _openssl(
            "x509", "-req", "-in", f"{path}.csr", "-CA", self.path, "-CAkey", self.key,
            "-CAcreateserial", "-days", str(days), "-extfile", f"{path}.ext",
            # Ed25519 has no hash to choose.
            *([] if self.kind == "ed25519" else [f"-{digest}"]), "-out", f"{path}.crt")
        return f"{path}.crt", f"{path}.key"


class Certificates:
    """What the tests need: for a server on 127.0.0.1, for clients, and some that are wrong."""

    HOSTS = ("DNS:localhost", "IP:127.0.0.1")

    def __init__(self, folder):
        self.folder = folder
        self.ca = Authority(folder, "ca")
        self.other_ca = Authority(folder, "other-ca")
        self.server = self.ca.issue("server", "/CN=localhost", self.HOSTS)
        self.server_again = self.ca.issue("server-again", "/CN=localhost", self.HOSTS)
        self.wrong_host = self.ca.issue("wrong-host", "/CN=elsewhere", ("DNS:elsewhere.example",))
        self.expired = self.ca.issue("expired", "/CN=localhost", self.HOSTS, days=-1)
        self.foreign = self.other_ca.issue("foreign", "/CN=localhost", self.HOSTS)
        self.app = self.ca.issue("app", "/O=Example/OU=shop/CN=app")
        self.app_expired = self.ca.issue("app-expired", "/CN=app", days=-1)
        self.app_foreign = self.other_ca.issue("app-foreign", "/CN=app")

    def rsa(self, name, digest):
        return self.ca.issue(name, "/CN=localhost", self.HOSTS, key="rsa", digest=digest)

    def for_postgres(self, pair, folder):
        """Copies of a certificate and its key that PostgreSQL's user may read."""
        copies = []
        for source, name in zip(pair, ("server.crt", "server.key")):
            path = os.path.join(folder, name)
            shutil.copyfile(source, path)
            os.chmod(path, 0o600)
            if os.geteuid() == 0:
                postgres = pwd.getpwnam("postgres")
                os.chown(path, postgres.pw_uid, postgres.pw_gid)
            copies.append(path)
        return copies


def _new_key(path, kind="ec"):
    if kind == "rsa":
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
    elif kind == "ed25519":
        _openssl("genpkey", "-algorithm", "ED25519", "-out", path)
    else:
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
    os.chmod(path, 0o600)


def _openssl(*arguments):
    done = subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stdout}"
