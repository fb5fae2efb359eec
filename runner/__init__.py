"""Runs code snippets in isolated Docker containers and compares what they print with what is expected."""

__version__ = "0.1.0"
