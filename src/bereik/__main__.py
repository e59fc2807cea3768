"""`python -m bereik` is the command `bereik`."""

import sys

from bereik.cli import main

sys.exit(main())
