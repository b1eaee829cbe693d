"""Read, validate and describe the configuration."""
