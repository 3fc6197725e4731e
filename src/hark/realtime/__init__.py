"""Live updates: facts of a workspace to every client that follows them, and who is looking at what."""
