"""Benchmarks: ratios to the least that a Flask application can cost, both measured in one run. Not timed tests."""
