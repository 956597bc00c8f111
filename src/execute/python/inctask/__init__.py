"""The program in which Python functions of tasks run: the standard library alone, from Python 3.9 on."""
