"""The dashboard: one page from the published warehouse, for those who steer the programme, and its figures as files beside it."""

from transforms.pages.dashboard.build import dashboard_files

__all__ = ["dashboard_files"]
