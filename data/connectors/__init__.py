"""Harvest written questions from the official sources: KOOP's publications and the Tweede Kamer's open data."""
