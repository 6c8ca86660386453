"""The daemon side: systemd, watchdog verdict, journal."""
