import { NOT_NULL, type Read, refused, taken } from './reading.js'

/** Text of up to `maxLength` code points, without blanks at its ends. Numbers are taken as they are written. */
export function readText({ maxLength, blank = false }: { maxLength: number; blank?: boolean }): Read<string> {
  return (value) => {
    if (value === null) return refused(NOT_NULL)
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
      return refused('Not a valid string.')
    }
    const text = String(value).trim()
    if (text === '') return blank ? taken(text) : refused('This field may not be blank.')
    const messages = textFaults(text, maxLength)
    return messages.length > 0 ? { messages } : taken(text)
  }
}

/** What Postgres would refuse, and what is too long. */
export function textFaults(text: string, maxLength: number): string[] {
  const messages: string[] = []
  if (isLonger(text, maxLength)) messages.push(`Ensure this field has no more than ${maxLength} characters.`)
  if (text.includes('\0')) messages.push('Null characters are not allowed.')
  const surrogate = /\p{Surrogate}/u.exec(text)?.[0].codePointAt(0)
  if (surrogate !== undefined) {
    messages.push(`Surrogate characters are not allowed: U+${surrogate.toString(16).toUpperCase()}.`)
  }
  return messages
}

/** A code point takes one or two units: text is counted only where that matters. */
const isLonger = (text: string, maxLength: number) =>
  text.length > 2 * maxLength || (text.length > maxLength && [...text].length > maxLength)
