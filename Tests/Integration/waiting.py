"""Waiting for a condition with a deadline: the only way a test here may wait."""

import time


def wait_for(condition, what, seconds=20.0, pause=0.02):
    """Returns the first true value of `condition()`; fails with `what` at the deadline."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            last = value
            if value:
                return value
        except (OSError, RuntimeError, LookupError) as error:
            last = error
        except Exception as error:  # a driver's own error class
            if type(error).__module__.split(".")[0] not in ("psycopg", "psycopg_binary"):
                raise
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; last: {last!r}")
        time.sleep(pause)
