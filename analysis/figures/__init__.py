"""The figures of a run: one file per figure, all in one style."""

from analysis.figures.gallery import draw_all

__all__ = ["draw_all"]
