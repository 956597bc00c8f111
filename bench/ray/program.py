"""The same work by hand: chains of commands on a Ray cluster, a process for each step, the files of all steps beside this program.

What people write without inc: each step is a remote function that runs the command in a directory of its own, the bytes that
it makes are Ray's objects, and this program writes them to files. It makes all of them each time.
"""

import os
import subprocess
import sys
import tempfile

import ray

command, chains, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.chdir(sys.argv[4])


@ray.remote
def step(made: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "input"), "wb") as file:
            file.write(made)
        subprocess.run(["bash", "-e", "-o", "pipefail", "-c", command], cwd=directory, check=True)
        with open(os.path.join(directory, "made"), "rb") as file:
            return file.read()


ray.init(address="10.77.0.1:6379", log_to_driver=False)
names = {}
for chain in range(chains):
    with open(f"data/{chain}", "rb") as file:
        last = ray.put(file.read())
    for at in range(length):
        last = step.remote(last)
        names[last] = f"build/{chain}.{at}"
os.makedirs("build", exist_ok=True)
waiting = list(names)
while waiting:
    ready, waiting = ray.wait(waiting, num_returns=1)
    for reference in ready:
        with open(names[reference], "wb") as file:
            file.write(ray.get(reference))
