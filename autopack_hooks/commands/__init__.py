"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""
