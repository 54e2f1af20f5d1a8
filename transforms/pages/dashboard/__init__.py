"""The dashboard: one page from the published warehouse, for those who steer the programme."""

from transforms.pages.dashboard.build import dashboard_page

__all__ = ["dashboard_page"]
