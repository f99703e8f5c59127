import { MAX_ISSUES_TOLD } from '@rollcall/contract'
import { kindOf, type Messages, NOT_NULL, type Read, refused, taken } from './reading.js'

/** A list whose elements are read one by one. Its order and its repetitions are kept. */
export function readList<T>(readElement: Read<T>, { maxLength }: { maxLength: number }): Read<T[]> {
  return (value) => {
    if (value === null) return refused(NOT_NULL)
    if (!Array.isArray(value)) return refused(notAList(value))
    if (value.length > maxLength) return refused(`Ensure this field has no more than ${maxLength} elements.`)
    const elements: T[] = []
    const messages: Record<string, Messages> = {}
    let faults = 0
    for (const [index, element] of value.entries()) {
      const reading = readElement(element)
      if ('value' in reading) elements.push(reading.value)
      // A thousand lists of nothing but faults must not make an answer of megabytes.
      else if (++faults <= MAX_ISSUES_TOLD) messages[index] = reading.messages
    }
    return faults > 0 ? { messages } : taken(elements)
  }
}

export const notAList = (value: unknown) => `Expected a list of items but got type "${kindOf(value)}".`
