"""Fitted preview: puts a garment onto a person's photo by pose, on the CPU."""

__version__ = "0.1.0"
