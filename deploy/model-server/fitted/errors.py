"""Errors that are the caller's to mend; the class name is the prefix of the error text."""

from __future__ import annotations


class FitError(Exception):
    """Base of the errors that say what is wrong with an input."""

    def __str__(self) -> str:
        return f"{type(self).__name__}: {super().__str__()}"


class PoseError(FitError):
    """No person, or the body part that the category needs is not in view."""


class ImageLoadError(FitError):
    """A picture cannot be decoded."""


class InputValidationError(FitError):
    """A decoded input cannot be used: no garment found, a person in its photo, ..."""
