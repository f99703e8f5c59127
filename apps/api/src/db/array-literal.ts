/**
 * Postgres arrays in their text form. `pg` makes them, too, with a function call and two regular expressions for each
 * element, which is most of what sending a chunk costs this process.
 *
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export const arrayOf = (values: readonly (bigint | number | boolean | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join()}}`

/** Arrays as elements of a list of texts: one of Postgres's own has only arrays of one length. */
export const arrayTextsOf = (values: readonly (readonly bigint[] | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : `"{${value.join()}}"`)).join()}}`

/** Elements in quotes, so that nothing in them means anything: not a comma, a brace, or the word NULL. */
export const textArrayOf = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`)).join()}}`
