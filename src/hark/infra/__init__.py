"""What the program stands on: settings, database, bus, jobs, guarded HTTP, blobs, secrets, telemetry."""
