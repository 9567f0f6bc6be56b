import type { TrainableClass, TrainableFunction, ReportedMetrics } from './trainable.ts'

/** A class trainable as a function: set up, a report a step, clean up whatever happens. */
export function fromClass<C, R extends ReportedMetrics>(Class: TrainableClass<C, R>): TrainableFunction<C, R> {
  return async (context) => {
    const instance = new Class()
    try {
      await instance.setup?.(context.config, context)
      for (;;) {
        const metrics = await instance.step()
        if (metrics === undefined) return
        await context.report(metrics)
      }
    } finally {
      await instance.cleanup?.()
    }
  }
}
