// Checkpoints: a training that fails half-way goes on from where it was, and the best model is still there in the end.
// Fits a line to noisy points by gradient descent; on its first attempt every training runs into a fault at epoch 25.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tuner, loguniform } from 'trialist'
import type { TrialCheckpoint } from 'trialist'

interface Model {
  readonly slope: number
  readonly offset: number
}

const points = Array.from({ length: 50 }, (_, i) => ({ x: i / 50, y: 3 * (i / 50) - 1 + 0.1 * Math.sin(i * 7) }))

function epochOf({ slope, offset }: Model, lr: number): Model {
  let [a, b] = [slope, offset]
  for (const { x, y } of points) {
    const error = a * x + b - y
    ;[a, b] = [a - lr * error * x, b - lr * error]
  }
  return { slope: a, offset: b }
}

function lossOf({ slope, offset }: Model): number {
  return points.reduce((sum, { x, y }) => sum + (slope * x + offset - y) ** 2, 0) / points.length
}

function load(checkpoint: TrialCheckpoint): Model {
  return JSON.parse(readFileSync(join(checkpoint.directory(), 'model.json'), 'utf8')) as Model
}

let epochs = 0

const tuner = new Tuner({
  name: 'checkpoints',
  space: { lr: loguniform(1e-4, 1) },
  metric: 'loss',
  trainable: async ({ config: { lr }, report, checkpoint, trial, attempt }) => {
    const directory = join('models', String(trial))
    mkdirSync(directory, { recursive: true })
    let model = checkpoint === undefined ? { slope: 0, offset: 0 } : load(checkpoint)
    for (let epoch = 1 + (checkpoint?.step ?? 0); epoch <= 40; epoch++) {
      if (attempt === 1 && epoch === 25) throw new Error('the machine was needed elsewhere')
      model = epochOf(model, lr)
      epochs += 1
      if (epoch % 10 !== 0) await report({ loss: lossOf(model) })
      else {
        writeFileSync(join(directory, 'model.json'), JSON.stringify(model))
        await report({ loss: lossOf(model) }, { checkpoint: directory })
      }
    }
  },
  trials: 12,
  maxFailures: 1,
  seed: 1,
})

const { best } = await tuner.fit()
const { slope, offset } = load(best.checkpoint!)
console.log(`${epochs} epochs instead of ${12 * (24 + 40)}, had each training started again`)
console.log(`y = ${slope.toFixed(2)} x + ${offset.toFixed(2)}, from ${best.checkpoint!.directory()}`)
