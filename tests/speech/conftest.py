"""Spoken words that are made here: each word is a row of tones, said at several speeds and pitches."""

import io

import numpy as np
import pytest
import soundfile

RATE = 8000
WORDS = {"up": (400, 900, 2000), "down": (2000, 900, 400), "hum": (500, 500, 500)}


def said(word, rng):
    """The bytes of a recording."""
    speed, pitch = 1 + 0.2 * rng.uniform(-1, 1, 2)
    seconds = 0.12 / speed
    time = np.arange(round(seconds * RATE)) / RATE
    wave = np.concatenate([np.sin(2 * np.pi * tone * pitch * time) for tone in WORDS[word]])
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.3 * wave + 0.01 * rng.normal(size=len(wave)), RATE, format="WAV")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def spoken():
    """Forty-five recordings and their words."""
    rng = np.random.default_rng(0)
    words = [word for word in WORDS for _ in range(15)]
    return [said(word, rng) for word in words], words
