import { type Dispatcher, request } from 'undici'
import type { z } from 'zod'
import { ErrorBody } from '../errors.js'
import { readByHand } from '../read-by-hand.js'
import { ApiResponseError, ApiUnreachableError, MalformedResponseError } from './errors.js'
import { API_RETRIES, type RetryNotice, type RetryRule, retrying } from './retry.js'
import { limitTime } from './time-limit.js'

export interface RollcallClientOptions {
  /** Of the API, without a trailing slash needed: `http://api:3000`. */
  readonly url: string
  readonly token: string
  /** For one attempt, connection to last byte. */
  readonly timeoutMs?: number
  readonly retries?: readonly RetryRule[]
  readonly onRetry?: (notice: RetryNotice) => void
  readonly userAgent?: string
}

/** One request and the schema of its answer. */
export interface Call<S extends z.ZodType> {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  readonly path: string
  readonly answer: S
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** Sends requests of the native API and reads their answers: typed, retried by one table, bounded in time. */
export class Transport {
  readonly #options: Required<Omit<RollcallClientOptions, 'onRetry'>> & Pick<RollcallClientOptions, 'onRetry'>

  constructor(options: RollcallClientOptions) {
    this.#options = { timeoutMs: 30_000, retries: API_RETRIES, userAgent: 'rollcall-client', ...options }
  }

  call<S extends z.ZodType>(call: Call<S>): Promise<z.output<S>> {
    const { retries, onRetry } = this.#options
    return retrying(retries, () => this.#attempt(call), { signal: call.signal, onRetry })
  }

  async #attempt<S extends z.ZodType>({ method, path, answer, body, signal }: Call<S>): Promise<z.output<S>> {
    const { url: base, token, timeoutMs, userAgent } = this.#options
    const url = base.replace(/\/+$/, '') + path
    const timeLimit = limitTime(timeoutMs, signal)
    let response: Dispatcher.ResponseData
    let bytes: Uint8Array
    try {
      // Not `fetch`, which makes streams, headers and copies that nobody wants: half a millisecond for each request.
      response = await request(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          'user-agent': userAgent,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body ?? null,
        signal: timeLimit.signal,
      })
      bytes = new Uint8Array(await response.body.arrayBuffer())
    } catch (error) {
      signal?.throwIfAborted()
      throw new ApiUnreachableError(method, url, error)
    } finally {
      timeLimit.clear()
    }
    const { statusCode: status, headers } = response
    if (status < 200 || status > 299)
      throw new ApiResponseError(method, url, status, errorBody(bytes), retryAfter(headers))
    try {
      return readByHand(answer, bytes) ?? answer.parse(JSON.parse(textOf(bytes)))
    } catch (error) {
      throw new MalformedResponseError(method, url, error)
    }
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** A body with ids as strings of digits. */
export const encodeBody = (body: unknown) =>
  JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))

/** Undefined when the answer is not the API's own, such as a proxy's page. */
function errorBody(bytes: Uint8Array): ErrorBody | undefined {
  try {
    return ErrorBody.safeParse(JSON.parse(textOf(bytes))).data
  } catch {
    return undefined
  }
}

/** Seconds; the date form of the header is not used by the API. */
function retryAfter({ 'retry-after': value }: Dispatcher.ResponseData['headers']): number | undefined {
  const seconds = Number(value ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
