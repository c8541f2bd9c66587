"""The number of threads is put back, whatever happens."""

import pytest
import torch

from deepen.compute.threads import threads


def test_it_is_put_back_after_an_error_too():
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="inside"), threads(1):
        assert torch.get_num_threads() == 1
        raise RuntimeError("inside")
    assert torch.get_num_threads() == before
