/** Where an interpreter is in a virtual environment. */
export const INTERPRETER = "bin/python";

/** The directories of a workspace that usually are virtual environments, the likelier one first. */
export const ENVIRONMENTS = [".venv", "venv"] as const;
