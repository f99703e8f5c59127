/** Well said, but not possible in the present state: something is there already, is not there, or is full. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}
