/** Runs a command; a fault is told on standard error in its own words, without a stack, and the exit code is 1. */
export async function exitOnFault(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  }
}
