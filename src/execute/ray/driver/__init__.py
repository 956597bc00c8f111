"""The part of inc that talks to Ray: a process beside inc, and what it has workers of a cluster do."""
