import dns from 'node:dns'

/** Each time that memory is looked at. */
export const NAMES_AT_A_TIME = 50

let last = 0

/**
 * Asks for host names that nobody has asked for before, as the connections of a process do, and whatever remembers them sees
 * them. They are old ways to write an address, `127.1.4711`, so that a machine without a network answers, too.
 *
 * @see https://man7.org/linux/man-pages/man3/inet_aton.3.html
 */
export async function lookUpNames(): Promise<void> {
  const names = Array.from({ length: NAMES_AT_A_TIME }, () => {
    last += 1
    return `127.${1 + (last >> 16)}.${last & 0xffff}`
  })
  await Promise.all(
    names.map(
      (name) =>
        new Promise<void>((resolve, reject) =>
          // Found on the module when it is called: that is where the process has put its own.
          dns.lookup(name, (error) => (error ? reject(error) : resolve())),
        ),
    ),
  )
}
