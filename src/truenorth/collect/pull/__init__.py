"""The outside world as it is asked: files that appear, databases, the exports of other products."""
