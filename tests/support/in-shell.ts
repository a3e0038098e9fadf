/** Variables of an operator's shell; undefined where it has none of that name. */
export type ShellVariables = Readonly<Record<string, string | undefined>>;

/** Gives this process, and what it starts, variables. @returns what puts the former ones back */
export function setVariables(variables: ShellVariables): () => void {
  const former = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const put = (these: ShellVariables): void => {
    for (const [name, value] of Object.entries(these)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  put(variables);
  return () => put(former);
}

/** Runs something with variables that only it has. */
export async function inShell<T>(variables: ShellVariables, run: () => Promise<T>): Promise<T> {
  const putBack = setVariables(variables);
  try {
    return await run();
  } finally {
    putBack();
  }
}
