from deepen.reporting.charts.spark import spark


def test_a_series_fills_its_box_and_breaks_where_a_value_is_missing():
    (line,) = spark([[0, 1, None, 2, 3]], 102)
    assert line.get("d") == "M3.0 57.0L27.0 39.0M75.0 21.0L99.0 3.0"


def test_channels_share_a_scale_and_a_flat_one_lies_in_the_middle():
    low, high = spark([[0.0, 1.0], [2.0, 2.0]], 106)
    assert low.get("d") == "M3.0 57.0L103.0 30.0" and high.get("d") == "M3.0 3.0L103.0 3.0"
    assert spark([[5.0, 5.0]], 106)[0].get("d") == "M3.0 30.0L103.0 30.0"


def test_those_of_many_points_are_thinned():
    drawing = spark([[float(k) for k in range(256)]] * 6, 150)
    assert len(drawing) == 6 and drawing[5].get("d").count("L") == 42  # every sixth of 256
    assert spark([[float(k) for k in range(256)]], 150)[0].get("d").count("L") == 255
    assert list(spark([[], [None]], 150)) == []
