"""The pages of a release, which anyone reads: its figures, its method, what changed in it, and the list of releases."""

from transforms.publication.pages.differences_page import differences_page
from transforms.publication.pages.method_page import method_page
from transforms.publication.pages.release_page import release_page
from transforms.publication.pages.releases_page import ListedRelease, releases_page

__all__ = ["ListedRelease", "differences_page", "method_page", "release_page", "releases_page"]
