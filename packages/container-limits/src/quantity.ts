/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity */
const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
}

/** `192Mi`, `1Gi`, `200M`, or bytes. @throws with a sentence for a person */
export function toBytes(quantity: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? []
  const factor = FACTORS[unit]
  if (number === undefined || factor === undefined || Number(number) <= 0) {
    throw new Error(`Expected an amount of memory such as 192Mi instead of ${quantity}.`)
  }
  return Math.floor(Number(number) * factor)
}

/** `500m` or `0.5`: cores. @throws with a sentence for a person */
export function toCpus(quantity: string): number {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? []
  if (number === undefined || Number(number) <= 0) {
    throw new Error(`Expected an amount of CPU such as 500m or 2 instead of ${quantity}.`)
  }
  return Number(number) / (milli ? 1_000 : 1)
}
