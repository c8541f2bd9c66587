from collections.abc import Callable

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.duplicates import exact, near
from deepen.findings import Finding

Prepare = Callable[..., Checked]


def quiet(_done: int, _of: int) -> None: ...


def test_copies_across_parts_within_one_and_under_two_labels(
    prepare: Prepare, rows: dict[str, np.ndarray]
) -> None:
    train = {k: v[:250].copy() for k, v in rows.items()}
    test = {k: v[250:].copy() for k, v in rows.items()}
    for name in "abc":
        test[name][3] = train[name][7]
        train[name][20] = train[name][10]
        train[name][40] = train[name][30]
    train["label"][20] = train["label"][10]
    train["label"][[30, 40]] = "yes", "no"
    found = {f.kind: f for f in exact(prepare(train, test=test, target="label"))}
    assert set(found) == {"duplicate across parts", "duplicate", "conflicting labels"}
    across = found["duplicate across parts"]
    assert (across.rows, across.parts) == ((253, 7), ("test", "train"))
    assert across.where[1].endswith("row 8")
    assert set(found["duplicate"].rows) == {10, 20}
    assert set(found["conflicting labels"].rows) == {30, 40}
    assert across.severity > found["conflicting labels"].severity > found["duplicate"].severity


def test_where_few_values_make_rows_alike_they_are_told_of_once(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    table = {"a": rng.choice(["x", "y"], 200), "b": rng.choice(["p", "q"], 200), "label": ["yes", "no"] * 100}
    (only,) = exact(prepare(table, target="label"))
    assert only.rows == ()
    assert only.severity <= 0.1
    assert "alike" in only.text


def test_rows_alike_when_rounded(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    rows["a"][5], rows["b"][5], rows["c"][5] = 1234.1, 0.0012341, "x"
    rows["a"][9], rows["b"][9], rows["c"][9] = 1234.4, 0.0012344, "x"
    found = [f for f in near(prepare(rows, target="label"), 10, quiet) if isinstance(f, Finding)]
    assert [set(f.rows) for f in found] == [{5, 9}]
    assert found[0].kind.startswith("near duplicate")


def test_a_brighter_picture_in_the_test_part(
    prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = stripes
    test = x[40:].copy(), y[40:]
    test[0][4] = (x[11] * 0.8 + 20).astype(np.uint8)
    (only,) = near(prepare(x[:40], y[:40], test=test), 10, quiet)
    assert isinstance(only, Finding)
    assert (only.kind, only.rows, only.parts) == ("near duplicate across parts", (44, 11), ("test", "train"))


def test_a_text_in_capitals_and_its_whole_copies(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    words = ["sun", "moon", "star", "rain", "snow", "wind", "cloud", "storm", "light", "night", "day", "dawn"]
    texts = [" ".join(rng.choice(words, 9)) for _ in range(80)]
    texts[30] = texts[12].upper() + "!!"
    texts[50] = texts[30]
    checked = prepare({"said": texts, "label": ["a", "b"] * 40}, target="label", kinds={"said": "text"})
    found = [f for f in near(checked, 10, quiet) if isinstance(f, Finding)]
    assert {12, 30, 50} in [set(f.rows) for f in found]
    assert any("different labels" not in f.text for f in found)


def test_series_nearer_than_chance_and_by_a_nets_features(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 30, 1)).cumsum(axis=1)
    x[70] = x[3] + 0.01 * rng.normal(size=(30, 1))
    checked = prepare(x, np.arange(120) % 2)
    (only,) = near(checked, 10, quiet)
    assert isinstance(only, Finding)
    assert set(only.rows) == {3, 70}
    net = rng.normal(size=(120, 16))
    net[8] = 2 * net[90]  # the same direction: cosine alone counts
    found = [set(f.rows) for f in near(checked, 10, quiet, net) if isinstance(f, Finding)]
    assert {8, 90} in found


def test_what_was_not_looked_at_is_said(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (1500, 6, 6), dtype=np.uint8)
    said = [f for f in near(prepare(x, np.arange(1500) % 2), 0.0, quiet) if isinstance(f, str)]
    assert said == ["near duplicates were looked for among 1,024 of 1,500 rows: more need more minutes"]
