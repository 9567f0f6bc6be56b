// Pausing in place of stopping: networks wait at the rungs of ASHA with a checkpoint each, and go on as soon as they are among the
// best there, however late. Half-trained networks take no slot, and nothing is trained twice.
import { Tuner, asha, loguniform, uniform } from 'trialist'

import { Digits, epochs, trained } from './digits/trainable.ts'

const results = await new Tuner({
  name: 'promotion',
  space: { lr: loguniform(1e-3, 1), momentum: uniform(0, 0.95) },
  metric: 'loss',
  trainable: Digits,
  trials: 27,
  concurrency: 1,
  seed: 1,
  scheduler: asha({ type: 'promotion', maxT: epochs, graceT: 1 }),
}).fit()

const whole = [...results].filter(({ state }) => state === 'completed')
console.log(
  `${trained.epochs} epochs instead of ${results.length * epochs}: ${whole.length} networks were trained in full`,
)
console.log(`best: accuracy ${results.best.metrics['accuracy']} with lr ${results.best.config.lr.toFixed(4)}`)
