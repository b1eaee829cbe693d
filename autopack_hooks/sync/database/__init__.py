"""Write entries to SQLite or PostgreSQL."""
