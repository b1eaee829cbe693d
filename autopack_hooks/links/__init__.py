"""Links in Markdown documents: extract, resolve, explain and fix them."""
