"""A client that works in the background while a test does its worst."""

import threading

from waiting import wait_for


class BackgroundClient:
    """Reads and writes in a loop on one connection, and keeps the errors it gets."""

    def __init__(self, proxy, sql=("SELECT 1",), pause=0.002):
        self.proxy = proxy
        self.sql = sql
        self.pause = pause
        self.done = 0
        self.errors = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        self.wait_for_more(1)
        return self

    def _work(self):
        try:
            with self.proxy.connect() as connection:
                while not self._ending.wait(self.pause):
                    for sql in self.sql:
                        connection.execute(sql)
                    self.done += 1
        except Exception as error:
            self.errors.append(error)

    def wait_for_more(self, count=20):
        """Waits until that many more rounds are done, so that something was really served."""
        target = self.done + count
        wait_for(lambda: self.errors or self.done >= target, "the background client", 30)
        assert not self.errors, self.errors

    def __exit__(self, kind, *_):
        self._ending.set()
        self._thread.join(30)
        if kind is None:
            assert not self._thread.is_alive(), "the background client hangs"
            assert not self.errors, self.errors
