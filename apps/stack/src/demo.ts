import { z } from 'zod'
import { type Performance, perform } from './demo/perform.js'
import { layGround, openScene } from './demo/scene.js'
import { STORY } from './demo/story.js'
import { tellPerformances, tellVerdict } from './demo/tell.js'
import { requireBuilt } from './entry-points.js'
import type { Running } from './processes/running.js'
import { runCommand, UsageError } from './run-command.js'

/** `npm run demo`: the story of 2021 with the whole system, told as a table. Exit code 0 only if all of it held. */
async function demo(running: Running): Promise<number> {
  requireBuilt()
  const members = readMembers()
  say(`A guild of ${members.toLocaleString('en')} members with 250 roles, and a mirror that is empty.`)
  const scene = await openScene(running, await layGround(running, { members }))
  const performances: Performance[] = []
  for (const [index, chapter] of STORY.entries()) {
    say(`${index + 1}/${STORY.length} ${chapter.title}.`)
    performances.push(await perform(chapter, scene))
  }
  say(`\n${tellPerformances(performances)}\n\n${tellVerdict(performances)}`)
  return performances.every(({ faults }) => faults.length === 0) ? 0 : 1
}

function readMembers(): number {
  const members = z.coerce
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .safeParse(process.env.DEMO_MEMBERS || '80000')
  if (!members.success) throw new UsageError('DEMO_MEMBERS is not a whole number from 10 to 1,000,000.')
  return members.data
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(demo, { interruptedCode: 130 })
