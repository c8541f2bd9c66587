"""``deepen report``, as a user calls it."""

import json
import subprocess
import sys

import pytest

import deepen


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    x = [[float(n), float(n % 3)] for n in range(60)]
    deepen.train(x, ["a" if n % 2 else "b" for n in range(60)], steps=1, size="tiny").save(folder / "x-model")
    return folder


def test_a_page_is_written_beside_the_model_with_what_stands_there(command, place):
    (place / "x-study").mkdir(exist_ok=True)
    (place / "x-study" / "study.json").write_text(json.dumps({"advice": ["collect twice as much"]}))
    ran = command("report", "x-model/", where=place)
    assert ran.returncode == 0, ran.stderr
    assert "x-report.html" in ran.stdout and "KB" in ran.stdout
    assert "collect twice as much" in (place / "x-report.html").read_text()


def test_the_page_is_written_where_it_is_wanted(command, place):
    assert command("report", "x-model", "--out", "there/page.html", where=place).returncode == 0
    assert (place / "there" / "page.html").is_file()


def test_a_folder_of_something_else_is_one_message(command, place):
    ran = command("report", "x-model", "--seen", "there", where=place)
    assert (
        ran.returncode == 2 and "does not hold what was seen" in ran.stderr and "Traceback" not in ran.stderr
    )


def test_it_imports_no_torch(place):
    code = (
        "import sys; from deepen.reporting.material import Material; from deepen.reporting.page import write; "
        "from pathlib import Path; write(Material.of_folder('x-model'), Path('light.html')); "
        "assert not {'torch', 'matplotlib', 'sklearn'} & set(sys.modules), sorted(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
