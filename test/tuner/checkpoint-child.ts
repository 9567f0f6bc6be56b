// One trial that makes a checkpoint every fourth step, in a process of its own.
// Arguments: root folder, then options as JSON: { kind: 'class' | 'function', steps }.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { sqlite, Tuner, uniform } from '../../src/index.ts'
import type { MetricsWith, TrialContext } from '../../src/index.ts'

const [root, text] = process.argv.slice(2) as [string, string]
const { kind, steps } = JSON.parse(text) as { readonly kind: 'class' | 'function'; readonly steps: number }
const every = 4

function save(directory: string, step: number): void {
  writeFileSync(join(directory, 'step'), String(step))
}

function load(directory: string): number {
  const step = Number(readFileSync(join(directory, 'step'), 'utf8'))
  process.stdout.write(`from ${step}\n`)
  return step
}

async function train(step: number): Promise<{ readonly loss: number }> {
  await sleep(5)
  process.stdout.write(`step ${step}\n`)
  return { loss: 1 / step }
}

async function run(context: TrialContext<unknown, MetricsWith<'loss'>>): Promise<void> {
  const { checkpoint, report } = context
  const directory = join(root, 'model')
  mkdirSync(directory, { recursive: true })
  for (let step = 1 + (checkpoint === undefined ? 0 : load(checkpoint.directory())); step <= steps; step++) {
    const metrics = await train(step)
    if (step % every !== 0 && !context.checkpointWanted) await report(metrics)
    else {
      save(directory, step)
      await report(metrics, { checkpoint: directory })
    }
  }
}

class Training {
  readonly checkpointEvery = every
  #step = 0

  async step(): Promise<{ readonly loss: number } | undefined> {
    if (this.#step >= steps) return undefined
    this.#step += 1
    return train(this.#step)
  }

  save(directory: string): void {
    save(directory, this.#step)
  }

  load(directory: string): void {
    this.#step = load(directory)
  }
}

const results = await new Tuner({
  name: 'test',
  space: { x: uniform(0, 1) },
  metric: 'loss',
  trainable: kind === 'class' ? Training : run,
  trials: 1,
  seed: 1,
  store: sqlite({ root }),
}).fit()
const history = results.at(0).history()
process.stdout.write(`history ${history.map(({ step }) => step).join()}\n`)
