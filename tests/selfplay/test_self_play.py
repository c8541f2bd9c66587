"""Self-play: what gets into the window, in what proportion, and that it can be resumed."""

from __future__ import annotations

import pytest
import torch

from deepen.compute.weights import load_tree, save_tree
from deepen.games.connect4 import Connect4
from deepen.games.go import Go
from deepen.games.tictactoe import TicTacToe
from deepen.search.search import Found, search
from deepen.selfplay import self_play
from deepen.selfplay.self_play import SelfPlay
from deepen.selfplay.settings import AlphaZero

RULES = TicTacToe()


def games(seed: int = 0, rules: TicTacToe | Connect4 | Go = RULES, **changes: float) -> SelfPlay:
    fields = {"games": 16, "simulations": 6, "quick": 2, "batch": 32, "least": 200, "most": 2000, **changes}
    settings = AlphaZero.of(rules, **fields)
    torch.manual_seed(0)
    return SelfPlay(settings.net(rules).eval(), rules, settings, seed=seed)


def test_every_position_of_a_finished_game_gets_its_outcome() -> None:
    """All are recorded: the number of stones says which move it was, the turn's plane whose; the outcome is theirs."""
    play = games(whole=1.0, mixed=0.0, least=2000)
    while play.played < 40:
        play.play()
    state = play.window.state_dict()
    planes, policy, outcome = (state[k].float() for k in ("planes", "policy", "outcome"))
    stones = planes[:, :2].sum((1, 2, 3))
    starts = (stones == 0).nonzero()[:, 0]
    assert len(starts) == play.played and play.window.total == len(outcome)
    for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(outcome)], strict=True):
        assert stones[a:b].tolist() == list(range(b - a))  # whole games, in their order
        signs = outcome[a:b] * torch.tensor([1.0, -1.0] * 5)[: b - a]
        assert (signs == signs[0]).all()  # one winner
        if signs[0]:  # who made the last move won
            assert outcome[b - 1] == 1
        else:
            assert b - a == 9
    torch.testing.assert_close(policy.sum(1), torch.ones(len(policy)), atol=2e-3, rtol=0)
    assert (policy[planes[:, :2].sum(1).flatten(1) > 0] == 0).all()


def test_the_mixture_of_outcome_and_search() -> None:
    outcomes = {}
    for mixed in (0.0, 0.5, 1.0):
        play = games(whole=1.0, mixed=mixed)
        for _ in range(12):
            play.play()
        outcomes[mixed] = play.window.state_dict()["outcome"].float()
    torch.testing.assert_close(outcomes[0.5], (outcomes[0.0] + outcomes[1.0]) / 2, atol=1e-3, rtol=0)
    assert not torch.equal(outcomes[0.0], outcomes[1.0])


def test_games_begin_after_moves_by_chance() -> None:
    play = games(rules=Connect4(), games=64, opening=6, whole=1.0, least=2000)
    assert play._boards.moves.unique().tolist() == list(range(7))
    while not play.played:
        play.play()
    state = play.window.state_dict()
    stones = state["planes"][:, :2].float().sum((1, 2, 3))
    assert stones.min() <= 6  # recorded from where it began, whatever that was
    assert (state["policy"].float().sum(1) - 1).abs().max() < 2e-3


def test_playing_and_learning_keep_their_proportion() -> None:
    play = games(reuse=3.0)
    for _ in range(120):
        batch = play.next()
        assert len(batch.outcome) == 32
        assert play.drawn <= 3 * play.window.total
    assert play.drawn == 120 * 32
    assert play.window.total < play.drawn / 3 + 16 * 9 + 200 / 20  # not more than a round of games ahead


def test_caps_record_their_share() -> None:
    """Of 30 % whole searches about 30 % of the positions are recorded, and each has its policy."""
    play = games(whole=0.3, games=32)
    moves = 0
    for _ in range(60):
        moves += len(play._boards)
        play.play()
    kept = play.window.total + int((play._turn != 0).sum())
    assert 0.15 < kept / moves < 0.45
    policy = play.window.state_dict()["policy"].float()
    torch.testing.assert_close(policy.sum(1), torch.ones(len(policy)), atol=2e-3, rtol=0)


def test_resigned_games_count_for_the_other() -> None:
    """With a threshold that everyone is below, all games but the spared end at once, lost by whose turn it was."""
    play = games(whole=1.0, mixed=0.0, resigning=0.05, spared=0.0)
    play.resigning.threshold = 2.0
    play.play()
    assert play.played == 16 and (play.window.state_dict()["outcome"] == -1).all()
    spared = games(whole=1.0, resigning=0.05, spared=1.0)
    spared.resigning.threshold = 2.0
    spared.play()
    assert spared.played == 0


def test_the_threshold_is_learned_from_the_spared() -> None:
    play = games(whole=1.0, resigning=0.05, spared=1.0)
    while play.played < 120:
        play.play()
    assert play.resigning.threshold >= -1
    assert play.resigning.wrongly <= 0.051


def test_of_each_player_who_did_not_lose_a_spared_game_the_lowest_value_is_kept(monkeypatch) -> None:
    """Worked out a game at a time: of the first player's values at his moves, and of the second's at his."""
    play = games(games=8, spared=0.5, resigning=0.05)
    found: list[Found] = []
    monkeypatch.setattr(
        self_play, "search", lambda *given, **more: found.append(search(*given, **more)) or found[-1]
    )
    kept: list[float] = []
    monkeypatch.setattr(play.resigning, "played_out", lambda lowest: kept.extend(lowest.tolist()))
    wanted, lowest, drawn = [], [{1: 1.0, -1: 1.0} for _ in range(8)], 0
    for _ in range(60):
        before, spared = play._boards, play._spared.tolist()
        play.play()
        after = RULES.play(before, found[-1].move)
        for row, low in enumerate(lowest):
            who = int(before.turn[row])
            low[who] = min(low[who], float(found[-1].value[row]))
            if after.over[row]:
                winner = int(after.winner[row])
                wanted += [low[side] for side in (1, -1) if spared[row] and winner != -side]
                lowest[row], drawn = {1: 1.0, -1: 1.0}, drawn + (winner == 0)
    assert len(wanted) > 30 and drawn > 0
    assert kept == pytest.approx(wanted)


@pytest.mark.parametrize("rules", [RULES, Connect4(), Go(3)])
def test_resumed_equals_uninterrupted(rules: TicTacToe | Connect4 | Go, tmp_path) -> None:
    play = games(rules=rules, whole=0.5, resigning=0.3, spared=0.5)
    play.resigning.threshold = -0.3
    for _ in range(25):
        play.next()
    save_tree(tmp_path, "state", play.state_dict())
    again = games(seed=9, rules=rules, whole=0.5, resigning=0.3, spared=0.5)
    again.load_state_dict(load_tree(tmp_path, "state"))
    for _ in range(25):
        a, b = play.next(), again.next()
        for x, y in zip(a, b, strict=True):
            assert torch.equal(x, y) if isinstance(x, torch.Tensor) else x is y is None
    assert torch.equal(again.resigning._lowest, play.resigning._lowest) and len(play.resigning._lowest)
    assert again.resigning.threshold == play.resigning.threshold > -1
    assert (again.played, again.drawn, again.window.total) == (play.played, play.drawn, play.window.total)


def test_a_large_window_is_played_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    play = games()
    for _ in range(5):
        play.next()
    monkeypatch.setattr(self_play, "_SAVED", 10)
    state = play.state_dict()
    assert state["window"] is None and state["games"] is None
    again = games(seed=9)
    told: list[str] = []
    monkeypatch.setattr(again._watch, "note", told.append)
    again.load_state_dict(state)
    assert "100 are played before learning goes on" in told[0]
    assert again.window.total == 0 and again.played == play.played
    assert len(again.next().outcome) == 32 and again.window.total >= 100


def test_a_trained_net_plays_more_before_it_learns_on() -> None:
    settings = AlphaZero.of(RULES, games=16, simulations=2, batch=32, least=200, most=2000, reuse=100.0)
    totals = []
    for trained in (False, True):
        play = SelfPlay(settings.net(RULES).eval(), RULES, settings, seed=0, trained=trained)
        play.next()
        totals.append(play.window.total)
    assert 10 <= totals[0] < 100 <= totals[1] < 200


def test_batches_can_be_halved() -> None:
    play = games()
    assert play.halve() and len(play.next().outcome) == 16
    while play.halve():
        pass
    assert len(play.next().outcome) == 1


def test_whoever_waits_for_the_first_games_can_be_stopped() -> None:
    settings = AlphaZero.of(RULES, games=4, simulations=2, batch=8, least=2_000_000, most=2_000_000)
    play = SelfPlay(settings.net(RULES).eval(), RULES, settings, seed=0, stop=lambda: True)
    assert len(play.next().outcome) == 8
    assert 0 < play.window.total < 100


def test_whose_each_place_was_at_the_end_is_kept_from_the_own_side() -> None:
    """Each recorded position has the owners of its game's last board, turned to whose move it was."""
    rules = Go(3, komi=0.5)
    settings = AlphaZero.of(
        rules, channels=8, blocks=0, games=8, simulations=4, whole=1.0, mixed=0.0, resigning=0.0
    )
    torch.manual_seed(0)
    play = SelfPlay(settings.net(rules).eval(), rules, settings, seed=0)
    while play.played < 16:
        play.play()
    state = play.window.state_dict()
    owners, outcome = state["owners"], state["outcome"].float()
    begins = state["planes"][:, -3, 0, 0] == 1  # the turn of who began
    points = owners.flatten(1).sum(1) - torch.where(begins, 0.5, -0.5)
    assert torch.equal(points.sign(), outcome) and len(outcome.unique()) == 2
    assert owners.unique().tolist() == [-1, 0, 1] or owners.unique().tolist() == [-1, 1]


def test_of_a_resigned_game_nobody_knows_whose_the_places_were() -> None:
    rules = Go(3)
    settings = AlphaZero.of(rules, channels=8, blocks=0, games=4, simulations=2, whole=1.0, spared=0.0)
    play = SelfPlay(settings.net(rules).eval(), rules, settings, seed=0)
    play.resigning.threshold = 2.0
    play.play()
    assert play.played == 4 and (play.window.state_dict()["owners"].abs() == 2).all()
