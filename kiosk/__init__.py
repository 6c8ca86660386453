"""Kiosk: a talking host for reception desks and exhibits, on a Raspberry Pi class board."""

import os
import warnings

__version__ = "0.2.0"

# pygame greets on standard output when it is imported, and Debian's build warns of the processor's
# AVX2: in the journal both look like messages of ours. Every process of the kiosk passes here
# before it imports pygame.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
warnings.filterwarnings("ignore", message=".*avx2 capable", category=RuntimeWarning)
