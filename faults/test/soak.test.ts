import { soak } from '../scenarios/soak.ts'
import { runScenario } from './run.ts'

runScenario(soak, { tips: 10, feedback: 5 })
