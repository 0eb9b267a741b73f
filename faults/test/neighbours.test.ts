import { neighbours } from '../scenarios/neighbours.ts'
import { runScenario } from './run.ts'

runScenario(neighbours, { faults: 24, probes: 30, tips: 10, 'rewards that waited': 1 })
