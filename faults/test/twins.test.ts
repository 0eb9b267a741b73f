import { twins } from '../scenarios/twins.ts'
import { runScenario } from './run.ts'

runScenario(twins, { crashes: 1, feedback: 5 })
