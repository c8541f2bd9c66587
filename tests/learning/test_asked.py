from __future__ import annotations

import pytest

from deepen.errors import SettingError
from deepen.learning.asked import begin


def test_a_run_goes_on_only_with_what_it_was_asked(tmp_path):
    assert begin(tmp_path, 0, {"rate": 1.0, "settings": {"k": 1}}) == ""
    assert begin(tmp_path, 7, {"rate": 1.0, "settings": {"k": 1}}).startswith("going on after step 7")
    with pytest.raises(SettingError, match="allowed: k: 1; came: 2"):
        begin(tmp_path, 7, {"rate": 1.0, "settings": {"k": 2}})
    assert begin(tmp_path, 0, {"rate": 2.0}) == ""  # nothing stands there to go on with
