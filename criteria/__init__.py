"""The bundled pack, as data: README.md beside this file describes it. No code."""
