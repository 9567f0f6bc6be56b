import { testBetter, testGoingOn, testMissing, testPromises } from '../engines.ts'

testGoingOn('nevergrad')
testPromises('nevergrad')
testBetter('nevergrad')
testMissing('nevergrad', /-m pip install nevergrad==1\.0\.12/)
