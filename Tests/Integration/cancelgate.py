"""Stands before a server and passes everything through, but keeps CancelRequests for as long as it
is told to: so that they arrive when they may do harm."""

import socket
import struct
import threading

from ports import free_port
from wire import CANCEL_REQUEST


class CancelGate:
    """Open at first. `seen` counts CancelRequests, `most` how many were here at the same time."""

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.gate = threading.Event()
        self.gate.set()
        self.answers = threading.Event()
        self.answers.set()
        self.lock = threading.Lock()
        self.seen = self.here = self.most = self.passed = 0
        self.sockets = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(512)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open()
        self.listener.close()
        for each in self.sockets:
            each.close()

    def close(self):
        """Keeps the CancelRequests that come from now on."""
        self.gate.clear()

    def keep_answers(self):
        """Passes CancelRequests on, but does not tell that they have arrived."""
        self.answers.clear()

    def open(self):
        self.gate.set()
        self.answers.set()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            first = client.recv(65536)
            if len(first) >= 8 and struct.unpack_from("!i", first, 4)[0] == CANCEL_REQUEST:
                with self.lock:
                    self.seen += 1
                    self.here += 1
                    self.most = max(self.most, self.here)
                self.gate.wait()
                self._pass_on(first)
                with self.lock:
                    self.passed += 1
                self.answers.wait()
                with self.lock:
                    self.here -= 1
                client.close()
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.sockets += [client, server]
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sendall(first)
            threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
            self._pump(client, server)
        except OSError:
            client.close()

    def _pass_on(self, packet):
        """Arrives for sure: the server has closed when this returns."""
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(packet)
            try:
                server.recv(1)
            except OSError:
                pass

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
