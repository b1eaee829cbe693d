"""Read Markdown into its structure, with the place of each part."""
