"""The soak test: `make soak`. Several workers behind nginx with Redis, restarted, killed and rotated under load."""
