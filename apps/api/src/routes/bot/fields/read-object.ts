import { kindOf, type Messages, NOT_NULL, REQUIRED, type Read } from './reading.js'

/** The fields of an object, in the order in which their faults are told. */
export type Fields = { readonly [name: string]: Read<unknown> }

type Values<F extends Fields> = { [K in keyof F]?: F[K] extends Read<infer T> ? T : never }

/** Faults by field, or the sentences that answer an element that is null. */
export type Faults = { readonly [field: string]: Messages } | readonly string[]

/** The fields that were named and are good, and what is wrong with the others. */
export interface ObjectReading<F extends Fields> {
  readonly values: Values<F>
  readonly faults: Faults
}

export const hasFaults = (reading: { readonly faults: Faults }) => Object.keys(reading.faults).length > 0

/** Reads every field that is named; what is not a field is passed over. */
export function readObject<F extends Fields>(
  fields: F,
  body: unknown,
  required: readonly (keyof F)[],
): ObjectReading<F> {
  if (body === null) return { values: {}, faults: { non_field_errors: ['No data provided'] } }
  if (typeof body !== 'object' || Array.isArray(body)) {
    const message = `Invalid data. Expected a dictionary, but got ${kindOf(body)}.`
    return { values: {}, faults: { non_field_errors: [message] } }
  }
  const values: Record<string, unknown> = {}
  const faults: Record<string, Messages> = {}
  for (const [name, read] of Object.entries(fields)) {
    if (!Object.hasOwn(body, name)) {
      if (required.includes(name)) faults[name] = [REQUIRED]
      continue
    }
    const reading = read((body as Record<string, unknown>)[name])
    if ('value' in reading) values[name] = reading.value
    else faults[name] = reading.messages
  }
  return { values: values as Values<F>, faults }
}

/** Reads every item of a list by {@link readObject}. */
export const readObjects = <F extends Fields>(
  fields: F,
  items: readonly unknown[],
  required: readonly (keyof F)[],
): ObjectReading<F>[] =>
  items.map((item) => (item === null ? { values: {}, faults: [NOT_NULL] } : readObject(fields, item, required)))

/** Adds what only the database knows, in the place that the field has among the faults. */
export function withFault<F extends Fields>(
  reading: ObjectReading<F>,
  fields: F,
  name: keyof F & string,
  messages: readonly string[],
): ObjectReading<F> {
  const faults = { ...(reading.faults as Record<string, Messages>), [name]: messages }
  const ordered = Object.keys(fields).flatMap((it) => (faults[it] === undefined ? [] : [[it, faults[it]] as const]))
  return { ...reading, faults: Object.fromEntries(ordered) }
}
