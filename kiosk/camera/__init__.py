"""Pictures of the camera, for the service that sees them."""
