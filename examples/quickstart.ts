// Tunes an ordinary Python script, examples/python/digits.py, on real images of handwritten digits, and compares the best
// configuration with the script's own defaults on images that the tuner never saw. `npm run quickstart` runs this file.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Tuner, asha, choice, command, int, logint, loguniform, ordinal } from 'trialist'

import { EnvironmentFailure, environment } from '../scripts/environment.ts'

/** Trials share the cores among them; the images are too few for a trial to use several. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
const script = fileURLToPath(new URL('python/digits.py', import.meta.url))
const interpreter = await environment('sklearn').catch((error: unknown) => {
  if (!(error instanceof EnvironmentFailure)) throw error
  console.log(
    `No Python environment with scikit-learn, so a classifier in TypeScript is tuned instead: ${error.reason}.`,
  )
  return undefined
})
if (interpreter === undefined) await import('./digits.ts')
else await tune(interpreter)

async function tune(python: string): Promise<void> {
  const flags = ['lr', 'width', 'layers', 'activation', 'alpha', 'batch'].flatMap((name) => [`--${name}`, `{${name}}`])
  const tuner = new Tuner({
    space: {
      lr: loguniform(1e-4, 1e-1),
      width: logint(8, 256),
      layers: int(1, 3),
      activation: choice('relu', 'tanh', 'logistic'),
      alpha: loguniform(1e-6, 1),
      batch: ordinal(16, 32, 64, 128, 200),
    },
    metric: 'accuracy',
    mode: 'max',
    trainable: command([python, script, ...flags], { env: oneThread }),
    trials: 60,
    scheduler: asha({ maxT: 20, graceT: 2 }),
  })
  const results = await tuner.fit()

  const { best } = results
  const states = [...results].map(({ state }) => state)
  console.log(`${results.length} trials, ${states.filter((state) => state === 'stopped').length} of them stopped early`)
  console.log('best configuration:', best.config)
  const options = Object.entries(best.config).flatMap(([name, value]) => [`--${name}`, String(value)])
  const seeds = [1, 2, 3]
  const defaults = median(await Promise.all(seeds.map((seed) => testAccuracy(python, [], seed))))
  const tuned = median(await Promise.all(seeds.map((seed) => testAccuracy(python, options, seed))))
  console.log('accuracy on 399 test images that the tuner never saw (median of 3 seeds):')
  console.log(`  defaults  ${percent(defaults)}`)
  console.log(`  tuned     ${percent(tuned)}`)
  console.log(`the log: ${results.location}`)
}

/** Runs the script as a person would, without a tuner: trained in full, its share of test images recognised. */
async function testAccuracy(python: string, options: readonly string[], seed: number): Promise<number> {
  const env = { ...process.env, ...oneThread, PYTHONPATH: fileURLToPath(new URL('../python', import.meta.url)) }
  const args = [script, ...options, '--seed', String(seed), '--test']
  const { stdout } = await promisify(execFile)(python, args, { env })
  return Number(/^test accuracy (\S+)$/m.exec(stdout)![1])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
