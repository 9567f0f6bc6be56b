import { testBetter, testConformance, testGoingOn, testMissing, testPromises } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

testGoingOn('nevergrad')
testConformance('nevergrad', {}, { runs: 1, happenings: 20 })
// It waits for each answer before it asks again; here several trials are under way.
testPromises('nevergrad', { sampler: 'Cobyla' }, 1)
testBetter('nevergrad')
testSpaces('nevergrad')
testMissing('nevergrad', /-m pip install nevergrad==1\.0\.12/)
