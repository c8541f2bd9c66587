"""A study's folder: the results as JSON, the chart, and a page to read, each written whole."""

from __future__ import annotations

import io
from pathlib import Path

from deepen.compute import journal
from deepen.reporting.learning_curves import draw
from deepen.scaling.study import FILE, Study

__all__ = ["save"]


def save(study: Study, folder: Path) -> None:
    """Write ``study.json``, ``README.md``, ``chart.png`` and ``chart.svg``.

    Raises
    ------
    FolderError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    journal.write_json_whole(folder / FILE, study.to_dict())
    lines = study.lines()
    if lines:
        target = None if study.target_score is None else 1 - study.target_score
        for form in ("png", "svg"):
            drawn = io.BytesIO()
            draw(
                lines, drawn, title=f"{study.source}: {study.measure} by amount of data", measure=study.measure,
                target=target, form=form,
            )  # fmt: skip
            journal.write_whole(folder / f"chart.{form}", drawn.getvalue())
    journal.write_whole(folder / "README.md", _page(study))


def _page(study: Study) -> str:
    """What a person reads first."""
    about = f"{study.rows:,} training rows, {study.test:,} test rows; {study.task}; error of chance {study.chance:.1%}."
    lines = [
        f"# Study of {study.source}", "",
        about, "",
        *(f"- {text}" for text in study.advice), "", "![Learning curves](chart.svg)", "",
        "| curve | rows | " + study.measure + " | law that forecasts best |", "|---|---|---|---|",
    ]  # fmt: skip
    for name, curve in study.curves.items():
        last = curve.cells[-1]
        known = study.laws.get(name)
        form = "" if known is None else f"{known.form}, `{known.fits[known.form].form.formula}`"
        lines.append(f"| {name} | {last.rows:,} | {last.error:.2%} | {form} |")
    lines += ["", "## Forecasts", "", "| curve | rows | error | 90 % interval |", "|---|---|---|---|"]
    for name, found in study.forecasts.items():
        lines += [f"| {name} | {f.rows:,.0f} | {f.error:.2%} | {f.low:.2%} to {f.high:.2%} |" for f in found]
    if study.checks:
        lines += [
            "", "## Self-check", "", "The larger cells were held out of the fit; what was forecast, and what came.", "",
            "| curve | fitted up to | rows | forecast | 90 % interval | came |", "|---|---|---|---|---|---|",
        ]  # fmt: skip
        for name, checks in study.checks.items():
            lines += [
                f"| {name} | {c.fitted_to:,.0f} | {c.forecast.rows:,.0f} | {c.forecast.error:.2%} | "
                f"{c.forecast.low:.2%} to {c.forecast.high:.2%} | {c.came:.2%} |"
                for c in checks
            ]
    if study.notes:
        lines += ["", "## Notes", "", *(f"- {note}" for note in study.notes)]
    return "\n".join(lines) + "\n"
