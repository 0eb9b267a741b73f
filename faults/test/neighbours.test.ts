import { neighbours } from '../scenarios/neighbours.ts'
import { runScenario } from './run.ts'

runScenario(neighbours, { faults: 7, tips: 10 })
