"""Callbacks of training libraries."""
