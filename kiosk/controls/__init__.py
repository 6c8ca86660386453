"""What a person touches: button, lamp, control socket."""
