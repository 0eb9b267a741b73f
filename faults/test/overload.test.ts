import { overload } from '../scenarios/overload.ts'
import { runScenario } from './run.ts'

runScenario(overload, { accepted: 50, 'sent away': 1 })
