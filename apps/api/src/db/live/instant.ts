/** SQL that writes an instant as a `Stamp` of the contract, microseconds and all. */
export const instant = (expression: string): string =>
  `to_char(${expression} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
