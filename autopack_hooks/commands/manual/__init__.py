"""The commands that explain the others: options and examples, codes, dialects, completion."""
