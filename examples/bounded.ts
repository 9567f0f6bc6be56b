// The most accurate classifier that answers within a bound, on hardware that measures differently each time. What was measured
// before is not measured again, each configuration runs three times, and a second experiment, on a slower machine, learns from
// the first.
import { Tuner, gp, int, loguniform, memory } from 'trialist'
import type { Config } from 'trialist'

const space = {
  rate: loguniform(1e-4, 1, { default: 0.1 }),
  width: int(8, 512, { default: 64 }),
}

/** Stands for a training and a measurement of its speed. */
function measured({ rate, width }: Config<typeof space>, speed: number, noise: number): { error: number; ms: number } {
  const error = 0.05 + 0.02 * (Math.log10(rate) + 2) ** 2 + 0.8 / width
  return { error: error + 0.01 * noise, ms: (width / 10 + 2) / speed }
}

function tuner(name: string, speed: number, warmStart: string[]) {
  return new Tuner({
    name,
    space,
    metric: 'error',
    outcomeConstraints: [{ metric: 'ms', max: 20 }],
    knownResults: [{ config: { rate: 0.1, width: 512 }, metrics: { error: 0.08, ms: (512 / 10 + 2) / speed } }],
    repeats: 3,
    noisy: true,
    warmStart,
    trainable: async ({ config, random }) => measured(config, speed, random.normal()),
    searcher: gp(),
    trials: 60,
    concurrency: 3,
    seed: 1,
    store,
    log: console.log,
  })
}

const store = memory()
for (const [name, speed, warmStart] of [
  ['fast', 1, []],
  ['slow', 0.5, ['fast']],
] as const) {
  const results = await tuner(name, speed, [...warmStart]).fit()
  const { config, metrics, feasible, repeats } = results.best
  const mean = `${repeats!.mean.toFixed(3)} ± ${repeats!.standardError.toFixed(3)}`
  console.log(
    `${name}: width ${config.width}, rate ${config.rate.toFixed(4)}: error ${mean}, ${metrics['ms']!.toFixed(1)} ms, ${feasible ? 'within' : 'beyond'} the bound`,
  )
}
