"""A service that misbehaves, as a file says (`kiosk concierge --faults FILE`): docs/faults.md."""
