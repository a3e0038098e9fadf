/** Does `work` with `folder` as this process's working folder. */
export async function workingIn<T>(folder: string, work: () => T | Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}
