"""A server that is no PostgreSQL: it answers logins and queries with the bytes it was given."""

import socket
import struct
import threading

from ports import free_port


class FakeServer:
    """Answers every startup packet with `login`, and every later message burst with `reply`."""

    def __init__(self, login, reply=b"", close=False):
        self.login, self.reply, self.close = login, reply, close
        self.port = free_port()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        self.connections = []
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.connections:
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            while True:
                head = self._take(connection, 8)
                length, code = struct.unpack("!ii", head)
                self._take(connection, length - 8)
                if code in (80877103, 80877104):
                    connection.sendall(b"N")
                    continue
                break
            connection.sendall(self.login)
            if self.close and not self.reply:
                connection.recv(65536)
                connection.close()
                return
            while connection.recv(65536):
                connection.sendall(self.reply)
                if self.close:
                    connection.close()
                    return
        except OSError:
            connection.close()

    @staticmethod
    def _take(connection, count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise OSError("closed")
            data += piece
        return data
