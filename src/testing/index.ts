// Conformance suites: what every implementation of a port promises, for ours and for a user's own.
export { testExecutor } from './executor.ts'
export type { ExecutorUnderTest } from './executor.ts'
export { testScheduler } from './scheduler.ts'
export type { TestSchedulerOptions } from './scheduler.ts'
export { testSearcher } from './searcher.ts'
export type { TestSearcherOptions } from './searcher.ts'
export type { Brief } from './extent.ts'
export { testStore } from './store.ts'
