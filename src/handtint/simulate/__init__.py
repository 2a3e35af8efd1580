"""Hints as a person might give them, made from colour photographs whose truth is known."""
