"""What each section says of its records, and that it says nothing where there are none."""

import math

import pytest

from deepen.evaluation import Confusion, Evaluation, Exhibit, Mistakes, Pair
from deepen.evidence.beside import Beside
from deepen.evidence.contest import Contestant
from deepen.evidence.from_nothing import FROM_NOTHING, THIS_NET, FromNothing
from deepen.evidence.paired import Paired
from deepen.records import History, Moment
from deepen.reporting.blocks import Drawn, Points, Shots, Table, Words
from deepen.reporting.charts.matrix import Matrix
from deepen.reporting.material import Material
from deepen.reporting.sections import SECTIONS
from deepen.reporting.sections.answers import answers
from deepen.reporting.sections.calibration import calibration
from deepen.reporting.sections.confusion import confusion
from deepen.reporting.sections.data import data
from deepen.reporting.sections.findings import findings
from deepen.reporting.sections.forecasts import forecasts
from deepen.reporting.sections.levels import levels
from deepen.reporting.sections.mistakes import mistakes
from deepen.reporting.sections.scores import scores
from deepen.reporting.sections.study import study
from deepen.reporting.sections.subgroups import subgroups
from deepen.reporting.sections.summary import summary
from deepen.reporting.sections.training import training
from deepen.reporting.sections.writing import writing

from ..conftest import HOSTILE, evaluation, fan, image, mistake, picture, score


def passage_of(text):
    return Exhibit("t", "text", {"text": text, "cut": False})


def blocks(section, form):
    return [block for block in section.blocks if isinstance(block, form)]


@pytest.mark.parametrize("section", [s for s in SECTIONS if s.__name__ not in ("summary", "made")])
def test_nothing_is_said_of_nothing(section):
    assert section(Material()) is None


def test_the_summary_leads_with_the_figure_its_interval_and_what_is_simpler(everything):
    found = summary(everything)
    assert found.blocks[1].figure == "90.0 %" and found.blocks[1].interval == "88.0 % to 92.0 %"
    assert (
        "better than everything simpler" in found.blocks[2].text and "a linear model" in found.blocks[2].text
    )
    names = [row.name for row in found.blocks[3].chart.rows]
    assert names == ["this model", "majority", "linear"] and found.blocks[3].chart.rows[0].own
    assert any("Wilson" in how for how in found.how)


def test_a_shallow_learner_that_is_as_good_is_said_by_its_pairs(everything):
    paired = Paired("accuracy", 0.9, 0.89, -0.004, 0.02, 9, 7, 0.8, 188)
    learners = (Contestant("boosting", 800, 2.1, 0.88), Contestant("SVM", 0, 0.0, math.nan))
    beside = Beside("boosting", learners, paired, 3.0, 800)
    material = Material(model={**everything.model, "beside": beside.to_dict()})
    found = summary(material)
    assert found.blocks[2].text.startswith(
        "Boosting is as good here, as far as 188 rows tell (89.0 %, the net 90.0 %"
    )
    assert any("paired bootstrap" in how for how in found.how)
    assert any("gradient boosting) has as good a figure" in text for text in blocks(found, Points)[0].items)
    table = blocks(scores(material), Table)[-1]
    assert [row[0].text for row in table.rows] == ["boosting (chosen)", "SVM"]
    assert table.rows[1][2].text == "no time was left"


def test_a_net_from_nothing_is_said_by_its_pairs_and_is_not_called_simpler(everything):
    paired = Paired("accuracy", 0.9, 0.95, -0.08, -0.02, 2, 12, 0.01, 188)
    learners = (Contestant(FROM_NOTHING, 800, 58.0, 0.94), Contestant(THIS_NET, 800, 221.0, math.nan))
    nothing = FromNothing(FROM_NOTHING, learners, paired, 58.0, 800)
    measured = {**everything.model["scores"], FROM_NOTHING: score(value=0.95).to_dict()}
    material = Material(model={**everything.model, "from_nothing": nothing.to_dict(), "scores": measured})
    found = summary(material)
    assert found.blocks[2].text == nothing.sentence
    assert found.blocks[3].text.startswith(
        "It is better than everything simpler that was tried: the best of them, "
    )
    assert "from nothing" in [row.name for row in found.blocks[4].chart.rows]
    assert found.blocks[4].chart.title == "This model beside others"
    assert any("paired bootstrap" in how for how in found.how)
    assert not any("chosen on the validation part" in how for how in found.how)
    steps = blocks(found, Points)[0].items
    assert any(
        text.startswith("A net from nothing is as good or better: train without --from") for text in steps
    )
    assert not any("What is simpler" in text for text in steps)
    table = blocks(scores(material), Table)[-1]
    assert [[cell.text for cell in row][:3] for row in table.rows] == [
        ["from nothing", "94.0 %", "800"], ["this net", "–", "800"],
    ]  # fmt: skip
    assert [row[3].text for row in table.rows] == ["58 s", "221 s"]
    alone = {"test": measured["test"], FROM_NOTHING: measured[FROM_NOTHING]}
    material = Material(model={**everything.model, "from_nothing": nothing.to_dict(), "scores": alone})
    assert [block.text for block in blocks(summary(material), Words)][1:] == [nothing.sentence]


def test_the_data_are_counted(everything):
    found = data(everything)
    assert "800 training, 100 validation, 188 test" in blocks(found, Words)[0].text
    assert blocks(found, Drawn)[0].chart.rows[0] == (HOSTILE[0], 100)
    many = [{"name": f"c{k}", "train": k, "valid": 0, "test": 0} for k in range(300)]
    chart = blocks(data(Material(model={"counts": {"classes": many}})), Drawn)[0]
    assert (
        chart.chart.rows[0] == ("c299", 299) and len(chart.chart.rows) == 24 and chart.numbers.left_out == 200
    )
    assert "24 most frequent of 300" in chart.chart.says


def test_columns_of_one_signal_are_one_line():
    columns = [{"name": f"t{k}", "kind": "series", "role": "input", "part_of": "s"} for k in range(5)]
    (table,) = blocks(data(Material(model={"schema": {"columns": columns}})), Table)
    assert [row[0].text for row in table.rows] == ["t0 ... t4"]


def test_a_training_is_thinned_but_keeps_its_ends():
    moments = tuple(Moment(k, k / 10, float(k), 0.1, 1 / (k + 1), {"loss": 1.0}) for k in range(1000))
    found = training(Material(model={"history": History(moments).to_dict()}))
    line = blocks(found, Drawn)[0].chart.lines[0]
    assert len(line.x) == 160 and line.x[0] == 0 and line.x[-1] == 999
    assert blocks(found, Drawn)[0].numbers.left_out == 840


def test_a_first_peak_does_not_flatten_the_loss():
    losses = [1e4] + [1 + 1 / (k + 1) for k in range(40)]
    moments = tuple(Moment(k, k, float(k), 0.1, loss, {}) for k, loss in enumerate(losses))
    chart = blocks(training(Material(model={"history": History(moments).to_dict()})), Drawn)[0].chart
    assert chart.frame[1] < 10


def test_an_unfinished_training_is_told():
    found = training(Material(model={"history": History((), ("a spike",), "stopped by the user").to_dict()}))
    assert "stopped by the user" in blocks(found, Words)[0].text and blocks(found, Points)[0].items == [
        "a spike"
    ]


def test_scores_stand_beside_each_other(everything):
    (table,) = blocks(scores(everything), Table)
    assert table.columns == ("measure", "this model", "95 % interval", "majority", "linear")
    assert [c.text for c in table.rows[0]] == [
        "accuracy\u00a0↑",
        "90.0 %",
        "88.0 % to 92.0 %",
        "30.0 % [28.0, 32.0]",
        "80.0 % [78.0, 82.0]",
    ]
    assert len(scores(everything).how) == 2


def test_confused_classes_are_shown_in_their_order():
    own = score(("a", "b", "c"))
    ordered = Confusion(("c", "a", "b"), ((20, 0, 0), (1, 20, 1), (1, 0, 20)), (Pair("a", "b", 1, 0, 43),))
    kept = Evaluation(own.measures, own.labels, own.confusion, ordered=ordered)
    found = confusion(Material(model={"scores": {"test": own.to_dict()}}, evaluation=kept))
    (matrix,) = [b.chart for b in blocks(found, Drawn) if isinstance(b.chart, Matrix)]
    assert matrix.labels == ["c", "a", "b"] and matrix.counts[1] == [1, 20, 1]
    (pairs,) = blocks(found, Table)
    assert [c.text for c in pairs.rows[0]] == ["a", "b", "1", "0", "2.3%"]
    plain = confusion(Material(model={"scores": {"test": own.to_dict()}}))
    assert plain.blocks[0].chart.labels == ["a", "b", "c"] and len(plain.how) == 1


def test_of_many_classes_the_worst_are_shown():
    k = 60
    counts = [[9 if i == j else 0 for j in range(k)] for i in range(k)]
    counts[57][3] = 5
    data_ = {**score(("a",)).to_dict(), "labels": [str(i) for i in range(k)], "confusion": counts}
    found = confusion(Material(model={"scores": {"test": data_}}))
    matrix = found.blocks[0].chart
    assert (
        len(matrix.labels) == 40 and {"57", "3"} <= set(matrix.labels) and "60 classes the 40" in matrix.says
    )
    assert matrix.totals[matrix.labels.index("57")] == 14


def test_answers_are_drawn_against_the_truth(everything):
    found = answers(everything)
    points = found.blocks[0].chart.lines[1]
    assert list(zip(points.x, points.y, strict=True)) == [(0.0, 0.1), (1.0, 0.9), (2.0, 2.5)]
    assert "within 0.1 of" in found.blocks[0].chart.says and "3 of 30 rows" in found.how[0]


def test_calibration_counts_what_lies_inside(everything):
    assert "In 1 of 2 steps" in calibration(everything).blocks[0].chart.says


def test_a_fan_has_its_bands_and_what_came():
    found = forecasts(Material(model={"fans": [fan().to_dict()] * 8}))
    chart = found.blocks[0].chart
    assert len(found.blocks) == 6 and "2 more forecasts" in found.how[1]
    assert [b.name for b in chart.bands] == ["90% interval", "50% interval"]
    came = next(line for line in chart.lines if line.name == "what came")
    assert came.y[0] == 17.0 and came.y[1] == 18.0 and math.isnan(came.y[3])
    assert chart.says == "3 of 3 values that came lie in the widest interval."


def test_a_long_past_is_cut():
    one = fan().to_dict()
    one |= {"before": [float(k) for k in range(200)], "dates": [str(k) for k in range(204)]}
    chart = forecasts(Material(model={"fans": [one]})).blocks[0].chart
    assert len(chart.x_names) == 24 + 4 and chart.x_names[-1][1] == "203"


def test_mistakes_are_pictures_passages_rows_or_series(everything):
    found = mistakes(everything)
    (shots,) = blocks(found, Shots)
    one, passage, row, series, gone = shots.items
    assert one.picture == picture(0) and one.caption[0] == f"is {HOSTILE[0]}"
    assert one.caption[1].endswith(", 99%") and one.caption[2] == HOSTILE[1]
    assert passage.words.startswith("a passage") and row.words.endswith(f"b: {HOSTILE[4]}")
    assert series.channels == [[0.0, None, 2.0, 1.0]]
    assert gone.picture is None and not gone.words
    passages = Mistakes((mistake(passage_of("x")),) * 40, 50, 99)
    long = mistakes(Material(evaluation=evaluation(mistakes=passages)))
    assert len(blocks(long, Shots)[0].items) == 16 and "The 16 that" in long.blocks[0].text
    assert "28 of 188 test examples were answered wrong (14.9%). The 5 that" in found.blocks[0].text


def test_mistaken_rows_are_one_table():
    def row(sure, error):
        return mistake(
            Exhibit("", "row", {"values": {"x": "1", "y": "2"}, "more": 3}), sure=sure, error=error
        )

    (table,) = blocks(
        mistakes(Material(evaluation=evaluation(mistakes=Mistakes((row(0.8, None),), 1, 9)))), Table
    )
    assert table.columns == ("example", "is", "said", "sure", "x", "y") and "3 more columns" in table.caption
    assert [c.text for c in table.rows[0]] == ["row 7", "a", "b", "80%", "1", "2"]
    number = mistakes(
        Material(evaluation=evaluation(mistakes=Mistakes((row(None, 2.5), row(None, -1.0)), 9, 9)))
    )
    (table,) = blocks(number, Table)
    assert number.title == "Its largest errors" and "The 2 largest errors of 9" in number.blocks[0].text
    assert [r[3].text for r in table.rows] == ["+2.5", "-1"] and table.columns[3] == "off by"


def test_what_is_no_base64_is_a_picture_that_cannot_be_read():
    broken = mistake(Exhibit("i", "image", {"png": "a"}))
    (shots,) = blocks(
        mistakes(Material(evaluation=evaluation(mistakes=Mistakes((broken, mistake(image(b"x"))), 2, 9)))),
        Shots,
    )
    assert [shot.picture for shot in shots.items] == [b"", b"x"]


def test_groups_and_findings_come_worst_first(everything):
    found = subgroups(everything)
    assert [row.name for row in found.blocks[0].chart.rows] == [HOSTILE[4], "other"]
    assert f"Worse than the others beyond chance: {HOSTILE[4]}." in found.blocks[0].chart.says
    assert [r[5].text for r in found.blocks[0].numbers.rows] == ["worse", "no different"]
    assert any("Fisher" in how for how in found.how) and any(how.startswith("parted at") for how in found.how)
    rows = findings(everything).blocks[0].rows
    assert rows[0][0].text == "duplicate" and rows[1][2].text.endswith("a.csv, row 4; and 2 more")


def test_levels_are_told_in_sentences_and_drawn_by_depth(everything):
    found = levels(everything)
    assert found.blocks[0].chart.lines[0].y == [0.8, 0.8]
    assert blocks(found, Points)[0].items[0].startswith("level 1 of 1")
    assert len(blocks(found, Shots)[0].items) == 1, (
        "the picture of the probes is drawn from its numbers instead"
    )


def test_a_study_joins_what_was_measured_with_what_is_forecast(everything):
    chart = blocks(study(everything), Drawn)[0].chart
    measured, ahead, other = chart.lines
    assert (
        measured.name == "net tiny"
        and list(measured.x) == [100, 200, 400]
        and measured.y[0] == pytest.approx(0.4)
    )
    assert measured.low[0] < 0.4 < measured.high[0]
    assert list(ahead.x) == [400, 800.0] and ahead.dash and other.name == HOSTILE[0]
    assert "came" in blocks(study(everything), Table)[-1].columns


def test_a_sample_is_shown_as_it_stands(everything):
    assert writing(everything).blocks[0].text.startswith("ROMEO: <script>")
