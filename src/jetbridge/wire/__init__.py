"""Flight between bytes and values: pure, bounded, no I/O."""
