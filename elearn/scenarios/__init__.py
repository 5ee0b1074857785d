"""Positions, the scenario bank, and the check that decides what is asked where."""
