from deepen.reporting.letters import font


def test_a_size_is_in_pixels_and_letters_of_other_scripts_are_known():
    low, high = (font(40).getbbox(letter, anchor="ls") for letter in ("x", "H"))
    assert 0.6 * 40 < -high[1] < 0.8 * 40 and -low[1] < -high[1]
    unknown = bytes(font(40).getmask("\ue123"))
    assert all(bytes(font(40).getmask(letter)) != unknown for letter in "ж★→“")
