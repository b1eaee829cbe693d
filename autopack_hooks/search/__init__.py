"""Questions about the entries that were synced, answered from the stores."""
