"""Writes the generated parts of the documents again: `python -m tests.documents.write`."""

from tests.documents.fragments import write

if __name__ == "__main__":
    print("\n".join(write()) or "nothing has changed")
