"""The one-time address by which the first account is made: whoever reads the terminal may, and nobody else."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from truenorth.access.secret import digest, random_word

LASTS = timedelta(hours=1)


class Invitation:
    """A random word that opens the set-up page for an hour; it is kept by this process alone."""

    def __init__(self, now: datetime) -> None:
        self.word = random_word(22)
        self.until = now + LASTS
        self._digest = digest(self.word)

    def opens(self, word: str, now: datetime) -> bool:
        """Whether it is the word, in time."""
        return hmac.compare_digest(digest(word), self._digest) and now < self.until
