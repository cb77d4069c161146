/** Reads .env of the current folder, if there is one; settings of the environment win over it. */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // As in the environment: libraries that heed it print tokens and addresses.
  delete process.env['DEBUG'];
}
