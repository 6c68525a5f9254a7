"""Shortcodes of Hugo and Zola, tags of Liquid and Jinja, components of MDX: what they say, as Markdown."""
