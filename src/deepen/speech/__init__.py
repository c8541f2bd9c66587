"""Spoken words: acoustic models."""
