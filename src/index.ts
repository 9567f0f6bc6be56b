export { TrialistError } from './base/errors.ts'
export type { ErrorCode } from './base/errors.ts'
export { Tuner, Study, minimize, local, simulated } from './tune.ts'
export { memory } from './store/memory.ts'
