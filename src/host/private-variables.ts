/** Variables that are inc's alone: they hold secrets, or may. */
const PRIVATE = ["INC_REMOTE", "INC_REMOTE_TOKEN", "INC_SIGNING_KEY", "INC_SIGNING_KEY_FILE"] as const;

export type PrivateVariable = (typeof PRIVATE)[number];

const values = new Map<PrivateVariable, string>();

/** Takes them out of the environment, before a manifest or a child process can see them. */
export function hidePrivateVariables(): void {
  for (const name of PRIVATE) {
    const value = process.env[name];
    if (value === undefined) continue;
    values.set(name, value);
    delete process.env[name];
  }
}

/** The value that it had. */
export function privateVariable(name: PrivateVariable): string | undefined {
  hidePrivateVariables();
  return values.get(name);
}
