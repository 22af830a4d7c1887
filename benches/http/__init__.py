"""Servers under load, as ratios: `python -m benches.http`."""
