import dataclasses
import io
import json

import numpy as np
import pytest

from deepen.compute.signals import StopFlag
from deepen.scaling.plan import Job
from deepen.scaling.trial import trial
from deepen.scaling.workers import Worker, main, read_examples, write_examples


def test_examples_come_back_as_they_were(gathered, blobs, tmp_path):
    context, examples, plan = gathered(*blobs)
    examples = dataclasses.replace(examples, groups=np.arange(400) // 8)
    write_examples(tmp_path / "shared", examples, plan, context.options)
    again, same_plan, options = read_examples(tmp_path / "shared")
    assert same_plan == plan
    assert json.dumps(options.to_dict()) == json.dumps(context.options.to_dict())
    assert again.preparation.to_dict() == examples.preparation.to_dict() and again.schema == examples.schema
    for name, array in examples.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
    np.testing.assert_array_equal(again.rows.test, examples.rows.test)
    np.testing.assert_array_equal(again.groups, examples.groups)


@pytest.mark.slow
def test_another_process_finds_what_this_one_does_and_dies_when_asked(gathered, blobs, tmp_path):
    context, examples, plan = gathered(*blobs)
    write_examples(tmp_path / "shared", examples, plan, context.options)
    job = Job("neighbours", 120)
    worker = Worker(tmp_path / "shared")
    try:
        there = worker(job, most_rows=240, seconds=60)
        here = trial(context, examples, plan, job, most_rows=240, seconds=60)
        assert there["error"] == here["error"]
        stop = StopFlag()
        stop.set("Ctrl-C")
        found = worker(Job("net", 240, "medium", 500.0), most_rows=240, seconds=600, stop=stop)
        assert "ended" in found["given_up"]
        assert worker._started().poll() is None  # a new process has taken its place
    finally:
        worker.end()


def test_a_cell_that_fails_is_told_and_the_next_one_goes_on(gathered, blobs, tmp_path):
    context, examples, plan = gathered(*blobs)
    write_examples(tmp_path / "shared", examples, plan, context.options)
    jobs = [Job("no such learner", 50), Job("neighbours", 50)]
    lines = [json.dumps({**j.to_dict(), "most_rows": 240, "limit": 60}) for j in jobs]
    out = io.StringIO()
    main(tmp_path / "shared", iter(lines), out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert "no such learner" in first["given_up"] and "error" in second
