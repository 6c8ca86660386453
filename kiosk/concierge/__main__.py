"""`python -m kiosk.concierge`."""

import sys

from kiosk.concierge.serve import main

sys.exit(main())
