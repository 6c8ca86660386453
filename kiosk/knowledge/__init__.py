"""What the host knows of its house: files of a folder, as instruction and by look-up."""
