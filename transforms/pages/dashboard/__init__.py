"""The dashboard: one page from the published warehouse, for those who steer the programme."""

from transforms.pages.dashboard.build import page

__all__ = ["page"]
