/** One line of a panel: its points in order, and how it is drawn. */
export interface Series {
  readonly name: string
  /** From 0, for its colour. */
  readonly tone: number
  readonly isDashed?: boolean
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Panel {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** The places on the x axis, evenly apart, with their names. */
  readonly ticks: readonly { readonly x: number; readonly name: string }[]
  readonly series: readonly Series[]
}

const WIDTH = 480
const HEIGHT = 300
const MARGIN = { left: 64, right: 130, top: 34, bottom: 46 }
const LINE_HEIGHT = 15
/** Told apart by everybody, on white and on black. @see https://jfly.uni-koeln.de/color/ */
const TONES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']

/**
 * Panels in rows of two, as an SVG that needs no script and no font of its own.
 *
 * @param title - for whoever does not see it
 */
export function plot(title: string, panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2)
  const placed = panels.map((panel, index) => {
    const [x, y] = [(index % 2) * WIDTH, Math.floor(index / 2) * HEIGHT]
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel)}\n</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${rows * HEIGHT}" font-family="sans-serif" font-size="11" fill="#222">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${placed.join('\n')}
</svg>
`
}

function drawPanel({ title, xLabel, yLabel, ticks, series }: Panel): string {
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const step = (right - MARGIN.left) / Math.max(1, ticks.length)
  const xOf = (x: number) => MARGIN.left + step * (ticks.findIndex((it) => it.x === x) + 0.5)
  const values = axisValues(Math.max(1, ...series.flatMap(({ points }) => points.map(({ y }) => y))))
  const top = values.at(-1) ?? 1
  const yOf = (y: number) => bottom - ((bottom - MARGIN.top) * y) / top
  const grid = values.map(
    (value) =>
      `<path d="M${MARGIN.left} ${at(yOf(value))}H${right}" stroke="#ddd"/>` +
      text(MARGIN.left - 6, yOf(value) + 4, value.toLocaleString('en'), 'end'),
  )
  const lines = series.map(({ tone, isDashed, points }, index) => {
    const colour = TONES[tone % TONES.length]
    const path = points.map(({ x, y }, place) => `${place === 0 ? 'M' : 'L'}${at(xOf(x))} ${at(yOf(y))}`).join('')
    const dots = points.map(({ x, y }) => `<circle cx="${at(xOf(x))}" cy="${at(yOf(y))}" r="3" fill="${colour}"/>`)
    const stroke = `fill="none" stroke="${colour}" stroke-width="1.5"${isDashed ? ' stroke-dasharray="5 4"' : ''}`
    const keyY = MARGIN.top + 8 + index * LINE_HEIGHT
    const key = `<path d="M${right + 8} ${keyY}h18" ${stroke}/>`
    return `<path d="${path}" ${stroke}/>${dots.join('')}${key}${text(right + 30, keyY + 4, series[index]?.name ?? '')}`
  })
  return [
    text(MARGIN.left, 18, title, 'start', ' font-weight="bold" font-size="12"'),
    ...grid,
    ...ticks.map(({ x, name }) => text(xOf(x), bottom + 16, name, 'middle')),
    text((MARGIN.left + right) / 2, bottom + 34, xLabel, 'middle'),
    `<text transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...lines,
  ].join('\n')
}

/** From 0 in at most six round steps to the first that is not below `largest`. */
export function axisValues(largest: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(largest / 5))
  const step = [1, 2, 5, 10].map((it) => it * magnitude).find((it) => largest / it <= 5) ?? largest
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) => index * step)
}

const text = (x: number, y: number, words: string, anchor = 'start', more = '') =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${more}>${escaped(words)}</text>`

/** A tenth of a pixel is as fine as it gets. */
const at = (pixels: number) => Number(pixels.toFixed(1))

const escaped = (words: string) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
