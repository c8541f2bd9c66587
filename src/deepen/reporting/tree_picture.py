"""How a move was found: the search's tree as a picture, and as text for a terminal, drawn from plain data.

The data are a dict of ``move`` (the one that was chosen, as a word), ``value``, ``simulations``, ``principal`` (the
words of the line that is expected) and ``moves``; each of these a dict of ``move``, ``visits``, ``prior``, ``value``
(None where it was never tried), maybe ``policy`` and ``proven``, and the ``moves`` that may follow. Values lie from -1
to 1 and are those of whose turn it is; a picture shows them all from the side that moves at the root. One that is
proven is told as ``wins``, ``draw`` or ``loses``.

Legend: k moves of the root, d moves from the root down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepen.errors import DataError
from deepen.reporting.canvas import COLOURS, DIVERGING, figure_of, plain, save, short

__all__ = ["draw", "text"]

_BARS = 12  # moves of the root that are shown, at most
_LEAVES = 24  # lines of the tree that can still be read (looked at)
_WORD = 6  # letters of a move


@dataclass
class _Spot:
    """A node of the tree with its place in the picture."""

    word: str
    visits: int
    value: float | None
    depth: int
    parent: _Spot | None
    principal: bool
    y: float = 0.0


def draw(found: Mapping[str, Any], path: Path) -> str:
    """Draw the root's moves as bars, and beside them what was looked at behind each.

    Parameters
    ----------
    found
        A search, as described above.
    path
        The PNG (or SVG, PDF...) to write.

    Returns
    -------
    str
        What the picture shows, in words.

    Raises
    ------
    DataError
        If no move was looked at, or the data are of another form.
    """
    moves = _checked(found)
    shown = moves[:_BARS]
    spots = list(_spots(found, moves))
    lines = len({id(s) for s in spots} - {id(s.parent) for s in spots})
    figure = figure_of(11.0, min(11.0, max(3.6, 0.42 * len(shown) + 1.3, 0.32 * lines + 1.3)))
    bars, tree = figure.subplots(1, 2, width_ratios=(1.0, 1.35))
    _draw_bars(bars, shown, str(found["move"]), int(found["simulations"]))
    _draw_tree(figure, tree, spots)
    said = _said(found, moves)
    figure.suptitle(said, fontsize=10, x=0.01, ha="left")
    save(figure, path)
    return said


def text(found: Mapping[str, Any], *, width: int = 72) -> str:
    """Write the tree for a terminal: of each move its visits, prior and value from the root's side.

    Examples
    --------
    >>> reply = {"move": "C3", "visits": 5, "prior": 0.6, "value": -0.1, "moves": []}
    >>> moves = [{"move": "D4", "visits": 7, "prior": 0.5, "value": 0.2, "moves": [reply]},
    ...          {"move": "pass", "visits": 1, "prior": 0.5, "value": -1.0, "proven": True, "moves": []}]
    >>> print(text({"move": "D4", "value": 0.1, "simulations": 8, "principal": ["D4", "C3"], "moves": moves}))
    D4 after 8 simulations, value +0.10; expected: D4 C3
                visits  prior  value
    ├─ D4            7   50 %  +0.20  ███████
    │  └─ C3         5   60 %  +0.10  █████
    └─ pass          1   50 %  loses  █
    """
    moves = _checked(found)
    rows = list(_rows(moves, "", 1))
    stem = max(len(row[0]) for row in rows)
    stem = max(stem, 9)
    most = max(1, max(row[1] for row in rows))
    room = max(4, width - stem - 26)
    lines = [_said(found, moves), f"{'':{stem}}   visits  prior  value"]
    for name, visits, prior, told in rows:
        bar = "█" * round(visits * min(room, most) / most)
        lines.append(f"{name:{stem}}   {visits:>6,}  {100 * prior:>3.0f} %  {told:5}  {bar}".rstrip())
    return "\n".join(lines)


def _checked(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    try:
        moves = sorted(found["moves"], key=lambda m: (-m["visits"], -m["prior"]))
        _ = found["move"], found["value"], found["simulations"], found["principal"]
        for _ in _rows(moves, "", 1):
            pass
    except (KeyError, TypeError) as error:
        raise DataError(f"not a search's tree: {error}") from error
    if not moves:
        raise DataError("there is no tree to draw: no move was looked at")
    return moves


def _said(found: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> str:
    line = " ".join(found["principal"][:10])
    expected = f"; expected: {line}" if line else ""
    simulations = f"{found['simulations']:,} simulations"
    value = _told(found, 1) if found.get("proven") else f"value {found['value']:+.2f}"
    return f"{found['move']} after {simulations}, {value}{expected}"


def _told(move: Mapping[str, Any], side: int) -> str:
    """Tell a value from the root's side: as a number, or in a word where it is certain."""
    if move["value"] is None:
        return ""
    value = side * move["value"]
    return f"{value:+.2f}" if not move.get("proven") else {1: "wins", 0: "draw", -1: "loses"}[round(value)]


def _rows(
    moves: Sequence[Mapping[str, Any]], before: str, side: int
) -> Iterator[tuple[str, int, float, str]]:
    """Each move with the lines of the tree before it: name, visits, prior, value from the root's side."""
    moves = [
        move for move in moves if move["visits"] or not before
    ]  # untried ones are told at the root alone
    for at, move in enumerate(moves):
        last = at == len(moves) - 1
        name = f"{before}{'└─ ' if last else '├─ '}{short(str(move['move']), 12)}"
        yield name, move["visits"], move["prior"], _told(move, side)
        yield from _rows(move.get("moves", ()), before + ("   " if last else "│  "), -side)


def _spots(found: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> Iterator[_Spot]:
    """Give the root and the nodes to draw, the least visited left out where there are too many lines."""
    root = _Spot("", int(found["simulations"]), float(found["value"]), 0, None, True)
    kept = [root]

    def walk(parent: _Spot, moves: Sequence[Mapping[str, Any]], side: int) -> None:
        for move in moves:
            if not move["visits"]:
                continue
            depth = parent.depth + 1
            line = [str(w) for w in found["principal"]]
            principal = parent.principal and line[depth - 1 : depth] == [str(move["move"])]
            value = None if move["value"] is None else side * float(move["value"])
            spot = _Spot(
                short(str(move["move"]), _WORD), int(move["visits"]), value, depth, parent, principal
            )
            kept.append(spot)
            walk(spot, move.get("moves", ()), -side)

    walk(root, moves, 1)
    while True:
        leaves = _leaves(kept)
        if len(leaves) <= _LEAVES:
            break
        kept.remove(min((s for s in leaves if not s.principal), key=lambda s: (s.visits, -s.depth)))
    for at, leaf in enumerate(_leaves(kept)):
        leaf.y = float(at)
    for spot in sorted(kept, key=lambda s: -s.depth):
        below = [s.y for s in kept if s.parent is spot]
        if below:
            spot.y = (min(below) + max(below)) / 2
    yield from kept


def _leaves(spots: Sequence[_Spot]) -> list[_Spot]:
    inner = {id(s.parent) for s in spots}
    return [s for s in spots if id(s) not in inner]


def _draw_bars(axes: Any, moves: Sequence[Mapping[str, Any]], chosen: str, simulations: int) -> None:
    total = max(1, simulations, *(m["visits"] for m in moves))
    y = range(len(moves))
    shares = [100 * m["visits"] / total for m in moves]
    colours = [COLOURS[1] if str(m["move"]) == chosen else COLOURS[0] for m in moves]
    axes.barh(y, shares, color=colours, height=0.62, alpha=0.6)
    axes.plot(
        [100 * m["prior"] for m in moves], y, "D", color=COLOURS[7], markersize=5, label="the net's prior"
    )
    if all("policy" in m for m in moves):
        axes.plot(
            [100 * m["policy"] for m in moves], y, "o", markersize=7, markerfacecolor="none",
            markeredgecolor=COLOURS[7], label="improved policy",
        )  # fmt: skip
    axes.set_yticks(y, [short(str(m["move"]), _WORD) for m in moves])
    axes.invert_yaxis()
    end = max([*shares, *(100 * m["prior"] for m in moves), *(100 * m.get("policy", 0) for m in moves)])
    axes.set_xlim(0, 1.28 * end)
    for at, move in enumerate(moves):
        axes.text(1.27 * end, at, _told(move, 1), ha="right", va="center", fontsize=8)
    axes.text(1.27 * end, -0.62, "value", ha="right", va="bottom", fontsize=8, color="#555555")
    axes.set_xlabel("share of the visits, % (orange: chosen)", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="lower right", bbox_to_anchor=(0.86, 0.0))
    plain(axes)


def _draw_tree(figure: Any, axes: Any, spots: Sequence[_Spot]) -> None:
    import matplotlib
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    colours, norm = matplotlib.colormaps[DIVERGING], Normalize(-1, 1)
    most = max(1, spots[0].visits)
    for spot in spots:
        if spot.parent is not None:
            width = 0.6 + 7 * (spot.visits / most) ** 0.5
            x, y = (spot.parent.depth, spot.depth), (spot.parent.y, spot.y)
            shade = COLOURS[1] if spot.principal else "#C4C4C4"
            axes.plot(
                x, y, color=shade, linewidth=width, solid_capstyle="round", zorder=2 if spot.principal else 1
            )
    for spot in spots:
        face = "#FFFFFF" if spot.value is None else colours(norm(spot.value))
        dark = spot.value is not None and abs(spot.value) > 0.6
        axes.plot(
            spot.depth, spot.y, "o", markersize=21, markerfacecolor=face, zorder=3,
            markeredgecolor=COLOURS[1] if spot.principal else "#777777", markeredgewidth=2.2 if spot.principal else 0.8,
        )  # fmt: skip
        axes.text(
            spot.depth, spot.y, spot.word or "root", ha="center", va="center", zorder=4,
            fontsize=7 if len(spot.word or "root") < 4 else 6, color="white" if dark else "black",
        )  # fmt: skip
        axes.annotate(
            f"{spot.visits:,}", (spot.depth, spot.y), xytext=(12.5, 0), textcoords="offset points", va="center",
            fontsize=6.5, color="#333333", zorder=5,
            bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    deepest = max(s.depth for s in spots)
    axes.set_xlim(-0.35, deepest + 0.5)
    axes.set_ylim(max(s.y for s in spots) + 0.8, -0.8)
    axes.set_yticks([])
    axes.set_xticks(range(deepest + 1), ["now", *(f"move {d}" for d in range(1, deepest + 1))], fontsize=8)
    plain(axes)
    axes.spines["left"].set_visible(False)
    bar = figure.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.6, aspect=25, pad=0.01)
    bar.set_label("value for the one who moves now", fontsize=8)
    bar.ax.tick_params(labelsize=7)
