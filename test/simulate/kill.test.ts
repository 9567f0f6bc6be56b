// The engine dies by SIGKILL at the k-th store call, before, within or after its commit; k is drawn by seed. After each
// death: (a) the state rebuilt from the log hashes as the live state did at that log position; (b) the finished log equals,
// event for event, that of a run that was never killed; (c) every acknowledged report is in the log exactly once and no
// trial finishes twice. One more seed: `npm run test:kill -- --seed 4711`, or TRIALIST_TEST_SEED=4711 before any command.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { stream } from '../../src/base/random.ts'
import { memory } from '../../src/store/memory.ts'
import { sqlite } from '../../src/store/sqlite.ts'
import { encodeEvent } from '../../src/trial/encoder.ts'
import type { Event } from '../../src/trial/event.ts'
import { createCore, eventsOf, replay } from '../../src/tuner/build.ts'
import { pluginsFor } from '../../src/tuner/experiment.ts'
import { Projection } from '../../src/tuner/projection.ts'
import { verifyLog } from '../../src/tuner/verify.ts'
import { firstWithAbilities, firstWithCheckpoints, firstWithPauses, firstWithReopening } from './scenario.ts'
import { open, scenario } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { stateHash } from './state-hash.ts'

const child = fileURLToPath(new URL('child.ts', import.meta.url))
const moments = ['before', 'within', 'after'] as const
const given = process.env['TRIALIST_TEST_SEED'] ?? optionValue('--seed')
const withCheckpoints = Array.from({ length: 20 }, (_, i) => firstWithCheckpoints + i)
const withAbilities = Array.from({ length: 20 }, (_, i) => firstWithAbilities + i)
const withPauses = Array.from({ length: 12 }, (_, i) => firstWithPauses + i)
const withReopening = Array.from({ length: 5 }, (_, i) => firstWithReopening + i)
const seeds = [
  ...Array.from({ length: 100 }, (_, i) => i + 1),
  ...withCheckpoints,
  ...withAbilities,
  ...withPauses,
  ...withReopening,
  ...(given === undefined ? [] : [Number(given)]),
]

test(`killed at any store call an experiment goes on as if nothing had happened (${seeds.length} seeds)`, async (context) => {
  const lanes = 2
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const seed of seeds.filter((_seed, i) => i % lanes === lane)) await killAndResume(seed)
    }),
  )
  context.diagnostic(`seeds: ${seeds.join(' ')}`)
})

test('a log without its last event is not the log of the whole run (the comparison can fail)', async () => {
  const chosen = scenario(1)
  const events = await referenceLog(chosen)
  assert.notDeepEqual(events.slice(0, -1), events)
})

async function killAndResume(seed: number): Promise<void> {
  const chosen = scenario(seed)
  const reference = await referenceLog(chosen)
  const root = mkdtempSync(join(tmpdir(), 'trialist-kill-'))
  try {
    const draw = stream(seed, 5, 2)
    // The deaths are to come in the second session.
    if (seed >= firstWithReopening)
      assert.equal(await run(root, seed, 0, 'before'), 0, `seed ${seed}: the first session`)
    for (let death = 1; death <= 2; death++) {
      const call = 1 + draw.below(death === 1 ? 60 : 20)
      const moment = moments[draw.below(moments.length)]!
      const where = `seed ${seed}: death ${death} at store call ${call}, ${moment} its commit`
      const end = await run(root, seed, call, moment)
      assert.ok(end === 'SIGKILL' || end === 0, `${where}: the child ended with ${end}`)
      checkRebuiltState(chosen, root, where)
      checkAcknowledged(chosen, root, where)
    }
    assert.equal(await run(root, seed, 0, 'before'), 0, `seed ${seed}: the last session`)
    const events = readEvents(chosen, root)
    checkSameLog(events.map(encodeEvent), reference, `seed ${seed}: the log differs from that of a run without deaths`)
    checkAcknowledged(chosen, root, `seed ${seed}: at the end`)
    checkVerified(chosen, events)
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** (b) Compares event by event, so that a failure names the first difference and not two whole logs. */
function checkSameLog(events: readonly string[], reference: readonly string[], where: string): void {
  for (const [i, event] of events.entries()) assert.equal(event, reference[i], `${where} at event ${i}`)
  assert.equal(events.length, reference.length, where)
}

async function referenceLog(chosen: Scenario): Promise<string[]> {
  const stores = memory()
  const { name } = chosen.experiment
  const session = { startedWallMs: 0, facts: {} }
  const first = stores.create(name, session)
  await open(chosen, first).engine.run()
  first.close()
  if (chosen.seed >= firstWithReopening) await open(chosen, stores.resume(name, session)).engine.run()
  return [...eventsOf(stores.read(name))].map(encodeEvent)
}

/** Resolves to the exit code or the signal that ended the child. */
function run(root: string, seed: number, call: number, moment: string): Promise<number | string | null> {
  const { NODE_TEST_CONTEXT: _test, ...env } = process.env
  const engine = spawn(process.execPath, [child, root, String(seed), String(call), moment], { stdio: 'inherit', env })
  return new Promise((resolve) => engine.on('exit', (code, signal) => resolve(signal ?? code)))
}

function readEvents({ experiment: { name } }: Scenario, root: string): Event[] {
  return existsSync(join(root, name, 'log.db')) ? [...eventsOf(sqlite({ root }).read(name))] : []
}

/** (a) The hash of the rebuilt state is the one that the live engine noted at this log position. */
function checkRebuiltState(chosen: Scenario, root: string, where: string): void {
  const { experiment, space } = chosen
  if (!sqlite({ root }).exists(experiment.name)) return
  const core = createCore(experiment, space, pluginsFor(experiment, {}, []))
  replay(sqlite({ root }).read(experiment.name), core, new Projection(space, experiment.objectives))
  const noted = journal(root).filter((line) => line.startsWith(`state ${core.state.position} `))
  assert.ok(noted.length > 0, `${where}: no live state was noted at position ${core.state.position}`)
  for (const line of noted) {
    assert.equal(`state ${core.state.position} ${stateHash(core.state)}`, line, `${where}: the rebuilt state differs`)
  }
}

/** (c) Acknowledged reports are in the log, no report is there twice, and no trial ends twice. */
function checkAcknowledged(chosen: Scenario, root: string, where: string): void {
  const events = readEvents(chosen, root)
  const reports = new Map<string, Set<number>>()
  const late = new Map<string, number>()
  const ended = new Set<number>()
  for (const event of events) {
    if (event.type === 'reported') {
      const key = `${event.trial} ${event.attempt}`
      const steps = reports.get(key) ?? new Set()
      assert.ok(!steps.has(event.step), `${where}: report ${key} ${event.step} is in the log twice`)
      reports.set(key, steps.add(event.step))
    } else if (event.type === 'late') {
      late.set(`${event.trial} ${event.attempt}`, (late.get(`${event.trial} ${event.attempt}`) ?? 0) + 1)
    } else if (event.type === 'ended' && event.state !== 'pending' && event.state !== 'paused') {
      assert.ok(!ended.has(event.trial), `${where}: trial ${event.trial} ended twice`)
      ended.add(event.trial)
    } else if (event.type === 'reopened') ended.delete(event.trial)
  }
  const answered = new Map<string, number>()
  for (const line of journal(root)) {
    if (!line.startsWith('answered ')) continue
    const key = line.slice('answered '.length)
    answered.set(key, (answered.get(key) ?? 0) + 1)
  }
  for (const [key, count] of answered) {
    const logged = (reports.get(key)?.size ?? 0) + (late.get(key) ?? 0)
    assert.ok(logged >= count, `${where}: ${count} reports of ${key} were acknowledged, fewer are logged`)
  }
}

function checkVerified({ seed, experiment, space }: Scenario, events: readonly Event[]): void {
  const { searcher, scheduler, stoppers } = pluginsFor(experiment, {}, [])
  const { difference } = verifyLog(events, experiment, space, { searcher, scheduler, stoppers })
  assert.equal(difference, undefined, `seed ${seed}: verification`)
}

function journal(root: string): string[] {
  const file = join(root, 'journal.txt')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

function optionValue(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}
