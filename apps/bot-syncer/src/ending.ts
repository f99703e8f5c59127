import { once } from 'node:events'

/** From the stop to the end of the process; a container is killed thirty seconds after it was told. */
const ENDING_MS = 20_000

/** Of these for the run's last word to the API; what is left is for the one in Discord. */
const LAST_WORD_MS = 15_000

/** How long the end of a run may take: as long as it needs, until the process is told to stop. */
export interface Ending {
  /** Aborts when the API has had its time. */
  readonly lastWord: AbortSignal
  /** Waits for what matters less, but no longer than there is time. */
  waitFor(work: Promise<unknown>): Promise<void>
  /** The run is over: lets go of the stop's signal and of the timers. */
  clear(): void
}

/** One deadline over all that happens after the stop, whatever was under way then. */
export function endingAfter(stop: AbortSignal, { endingMs = ENDING_MS, lastWordMs = LAST_WORD_MS } = {}): Ending {
  const lastWord = abortedAfter(stop, lastWordMs)
  const end = abortedAfter(stop, endingMs)
  return {
    lastWord: lastWord.signal,
    async waitFor(work) {
      if (!end.signal.aborted) await Promise.race([work, once(end.signal, 'abort')])
    },
    clear() {
      lastWord.clear()
      end.clear()
    },
  }
}

function abortedAfter(stop: AbortSignal, ms: number) {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => late.abort(new Error(`Not done ${ms / 1_000} s after the stop`)), ms)
  }
  if (stop.aborted) start()
  else stop.addEventListener('abort', start, { once: true })
  const clear = () => {
    clearTimeout(timer)
    stop.removeEventListener('abort', start)
  }
  return { signal: late.signal, clear }
}
