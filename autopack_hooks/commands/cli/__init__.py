"""The command line itself: the catalog of commands, the parser that all of them share, completion for shells."""
