"""Renderers: one function each, from a Report to text."""
