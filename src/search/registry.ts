import { Registry } from '../base/registry.ts'
import { random } from './random.ts'
import type { SearcherFactory } from './searcher.ts'

export const searchers: Registry<SearcherFactory> = new Registry('searcher', { random, auto: random })
