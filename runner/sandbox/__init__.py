"""Isolated containers that run snippets: what happens in them, never what it means."""
