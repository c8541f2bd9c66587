from deepen.scaling.plan import AT_LEAST, Costs, Job, amounts, choose, grid

ROWS = (125, 250, 500, 1000)


def jobs(learners=("linear", "SVM")):
    return grid(ROWS, ("tiny", "small", "medium"), "small", learners)


def costs(each=0.01):
    return Costs(lambda job: each * job.rows, lambda job: job.rows * job.length)


def test_amounts_are_halved_and_leave_every_class_some_rows():
    assert amounts(8000, 2) == (62, 125, 250, 500, 1000, 2000, 4000, 8000)
    assert amounts(1000, 100) == (500, 1000)
    assert amounts(20, 2) == (20,)


def test_of_groups_whole_ones_are_halved():
    assert amounts(1000, 2, groups=8) == (125, 250, 500, 1000)
    assert amounts(1000, 2, groups=1) == (1000,)


def test_the_grid_holds_each_cell_once_and_one_size_alone_at_other_lengths():
    found = jobs()
    assert len(set(found)) == len(found)
    assert {j.size for j in found if j.length != 1} == {"small"}
    assert {j.rows for j in found if j.length != 1} == {250, 500, 1000}
    assert [j.seed for j in found if j.learner == "SVM" and j.rows == 1000] == [0]


def test_all_is_chosen_where_there_is_time_and_nothing_where_there_is_none():
    assert set(choose(jobs(), costs(), left=1e6, workers=1, middle="small")) == set(jobs())
    assert choose(jobs(), costs(), left=0.0, workers=1, middle="small") == []


def test_what_is_chosen_fits_and_more_workers_fit_more():
    known = costs()
    one, two = (choose(jobs(), known, left=30.0, workers=w, middle="small") for w in (1, 2))
    assert sum(map(known, one)) <= 30
    assert 30 < sum(map(known, two)) <= 60
    assert all(known(j) <= 27 for j in two)


def test_cheap_cells_come_first():
    found = choose(jobs(), costs(), left=200.0, workers=1, middle="small")
    trunk = [j for j in found if j.size == "small" and j.seed == 0 and j.length == 1]
    assert [j.rows for j in trunk] == list(ROWS)
    assert found[0].rows == ROWS[0]


def test_the_middle_nets_curve_goes_before_more_seeds():
    found = choose(jobs(), costs(), left=35.0, workers=1, middle="small")
    assert {j.rows for j in found if j.size == "small" and j.seed == 0 and j.length == 1} == set(ROWS)
    assert not [j for j in found if j.seed and j.rows == 1000]


def test_costs_follow_what_was_measured():
    known = costs()
    assert known(Job("net", 1000, "small")) == 10
    known.add(Job("net", 125, "small"), 2.0)
    assert known(Job("net", 1000, "small")) == 16  # eight times the examples
    assert known(Job("net", 1000, "small", 2.0)) == 32
    assert known(Job("net", 1000, "medium")) == 64  # a step up the dial
    assert (
        known(Job("net", 1000, "tiny")) == 16
    )  # a smaller one is not taken for cheaper before it is measured
    known.add(Job("net", 500, "small"), 4.0)
    assert known(Job("net", 1000, "small")) == 8  # the nearest smaller one counts
    assert known(Job("net", 60, "small")) < 2.0


def test_costs_of_shallow_learners_grow_as_theirs_do():
    known = costs()
    assert known(Job("SVM", 50)) == AT_LEAST
    known.add(Job("SVM", 500), 1.0)
    assert known(Job("SVM", 1000)) == 2**1.6
