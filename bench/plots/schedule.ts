// The schedules that population based training found in bench:pbt.
import { decades, svgOf } from '../../src/analysis/figure.ts'
import type { Axis, Method, Place, Series } from '../../src/analysis/figure.ts'
import { saved } from '../results.ts'

interface Schedule {
  readonly schedule: readonly {
    readonly from: number
    readonly to: number
    readonly config: Readonly<Record<string, number>>
  }[]
}

const look: Method = { name: 'Trialist pbt', color: '#d1242f', strong: true }

/** Learning rate and augmentation of the digits network, epoch by epoch. */
export function scheduleFigures(): Record<string, string> {
  const result = saved<object, { readonly replays: Readonly<Record<'digits', Schedule>> }>('pbt')
  if (result === undefined) return {}
  const { schedule } = result.details.replays.digits
  const epochs = schedule.at(-1)!.to
  const x: Axis = {
    label: 'epoch',
    scale: 'linear',
    from: 0,
    to: epochs,
    ticks: Array.from({ length: epochs / 4 + 1 }, (_, i) => [4 * i, String(4 * i)] as const),
  }
  const series = (name: string): Series => ({
    method: look,
    steps: true,
    points: schedule.flatMap(({ from, to, config }): Place[] => [
      [from, config[name]!],
      [to, config[name]!],
    ]),
  })
  const y: Axis = { scale: 'log', from: 1e-3, to: 1, ticks: decades(1e-3, 1) }
  const shares = [0, 0.25, 0.5, 0.75, 1].map((each) => [each, String(each)] as const)
  const figure = svgOf({
    title: 'The schedule that pbt found for the digits network',
    notes: [
      'Configurations of the best member and of those whose weights it took over, seed 0.',
      'Trained by this schedule alone (pbtReplay), a network ends with the same loss to the last bit.',
    ],
    panels: [
      { title: 'learning rate', x, y, series: [series('lr')] },
      {
        title: 'share of images moved',
        x,
        y: { scale: 'linear', from: 0, to: 1, ticks: shares },
        series: [series('shift')],
      },
    ],
    columns: 2,
    width: 900,
    panelHeight: 200,
  })
  return { 'pbt-schedule': figure }
}
