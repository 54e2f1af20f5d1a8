"""Imported once by the process that nights are forked from: all that a night imports and reads of ours, and nothing that makes a thread."""

import contextlib
import threading

from tqdm import tqdm

import expectations.suites.build
import expectations.suites.run  # noqa: F401 - imported for the processes to come
import tests.golden.nights  # noqa: F401
from transforms.models.build import models_in_order
from transforms.pages.templating import templates

with contextlib.suppress(ImportError):  # where the extra is installed: for nights whose inbox is elsewhere
    import asyncssh  # noqa: F401

# Great Expectations shows its progress with it. Its lock is a semaphore, of which each process that is killed would leave one.
tqdm.get_lock()
models_in_order()
for name in templates().list_templates(extensions=["j2"]):
    templates().get_template(name)

assert threading.active_count() == 1
