"""Puts the helpers of this folder on the path."""
