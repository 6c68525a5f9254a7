"""Shortcodes of Hugo and Zola, tags of Liquid and Jinja, components of MDX: what they stand for, as Markdown."""
