"""The dashboard: one page from the published warehouse, for those who steer the programme."""

from transforms.report.dashboard.build import page

__all__ = ["page"]
