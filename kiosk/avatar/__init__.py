"""Who talks: the avatar interface and its drivers."""
