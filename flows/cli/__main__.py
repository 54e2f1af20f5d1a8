"""`python -m flows.cli`: the command without its entry point installed."""

import sys

from flows.cli import main

sys.exit(main())
