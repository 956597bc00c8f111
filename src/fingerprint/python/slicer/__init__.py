"""Finds the code that Python functions reach, without running any of it."""
