"""Learned rules: incidents that repeat become proposals, and approved proposals become checks."""
