"""Writes the suites and the generated parts of the documents again: `python -m tests.documents.write`."""

from tests.documents.fragments import write
from tests.documents.guide_page import write_guide_page
from tests.documents.suites import write_suites

if __name__ == "__main__":
    print("\n".join([*write_suites(), *write(), *write_guide_page()]) or "nothing has changed")
