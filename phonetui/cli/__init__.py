"""The command line: one module a command, each with its arguments, its output and its exit codes."""
