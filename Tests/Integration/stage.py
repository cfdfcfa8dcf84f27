"""What the conversations find in the database: the same tables, in the same state, every time."""

import os

from conversation import FOLDER

SCHEMA = os.path.join(FOLDER, "schema.sql")
RESET = os.path.join(FOLDER, "reset.sql")


def statements(path):
    """Statements of a file, which are separated by empty lines."""
    with open(path, encoding="utf-8") as file:
        text = "\n".join(line for line in file.read().split("\n") if not line.startswith("--"))
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def prepare_stage(cluster):
    """Makes what all conversations share, once per cluster."""
    cluster.run(*statements(SCHEMA), *statements(RESET))
    cluster.stage_is_set = True


def set_stage(cluster, script):
    """Puts the tables back if they may have changed, then does what the script asks for."""
    if not cluster.stage_is_set or script.setup:
        cluster.run(*statements(RESET), *script.setup)
    cluster.stage_is_set = not (script.writes or script.setup)
