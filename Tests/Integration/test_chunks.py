"""However the bytes are cut on their way, the answers are the same."""

import random

import pytest

import test_basics
import test_extended
from transparency import Step, play
from wire import Wire

ALL = {**{f"simple: {k}": v for k, v in test_basics.SCRIPTS.items()},
       **{f"extended: {k}": v for k, v in test_extended.SCRIPTS.items()}}
# Megabytes in pieces of a few bytes would take long and show nothing new.
LONGEST = 20_000


def play_in_pieces(port, steps, chance):
    with Wire(port) as wire:
        wire.login()
        seen = []
        for step in steps:
            step = step if isinstance(step, Step) else Step(step)
            at = 0
            while at < len(step.data):
                size = chance.choice((1, 2, 3, 5, 7, 20, 100))
                wire.send(step.data[at:at + size])
                at += size
            if step.times:
                seen += wire.read_until(step.until, step.times)
        return [m for m in seen if m.type != "K"]


@pytest.mark.parametrize("seed", range(2))
def test_any_cut_of_the_bytes_brings_the_same_answers(proxy, seed):
    chance = random.Random(seed)
    for name, steps in ALL.items():
        data = [step.data if isinstance(step, Step) else step for step in steps]
        if sum(map(len, data)) <= LONGEST:
            whole = play(proxy.port, steps)
            assert play_in_pieces(proxy.port, steps, chance) == whole, f"seed {seed}: {name}"
