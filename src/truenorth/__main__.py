"""`python -m truenorth` is the command `truenorth`."""

from __future__ import annotations

import sys

from truenorth.cli.main import main

sys.exit(main())
