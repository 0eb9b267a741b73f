import { crash } from '../scenarios/crash.ts'
import { runScenario } from './run.ts'

runScenario(crash, { crashes: 6, tips: 10, feedback: 10, 'admin calls': 5, simulations: 1 })
