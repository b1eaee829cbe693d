"""Write entries to Qdrant, embedded or on a server."""
