import type { SchedulerFactory } from './scheduler.ts'
import { goOn } from './scheduler.ts'

/** First in, first out: every trial runs to its end. */
export function fifo(): SchedulerFactory {
  return {
    name: 'fifo',
    options: {},
    capabilities: { objectivesMax: Infinity },
    create: () => ({ decide: () => goOn }),
  }
}
