/** Whatever the simulator is asked, it has at hand. */
const TIMEOUT_MS = 30_000

/** The simulator said no. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError'

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message)
  }
}

/**
 * One request to the simulator, as a rule to its control routes.
 *
 * @returns its answer, parsed; undefined for an empty one
 * @throws {@link SimulatorError} for any other answer than 2xx; whatever `fetch` throws when there is none
 */
export async function askSimulator(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...json },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) {
    throw new SimulatorError(`${method} ${url} was answered ${response.status}: ${text.slice(0, 500)}`, response.status)
  }
  return text === '' ? undefined : JSON.parse(text)
}
